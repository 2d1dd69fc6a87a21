import type { Simulator } from '../../core/sim/simulator.ts';
import type { LabOptions } from './lab-options.ts';
import type { RunningCommand } from './running-command.ts';

/** Simulated time between two looks at the outside world. */
const SLICE_NS = 100_000_000;
/** A command that ran too long has this long to end by SIGINT. */
const LAST_NS = 1_000_000_000;

/** Lets simulated time go on while a line of a lab runs: in slices, so that it can be interrupted. */
export class LineClock {
  /** Set when the line prints. */
  printed = false;
  private readonly sim: Simulator;
  private readonly options: LabOptions;
  private readonly warn: (text: string) => void;
  private startNs = 0;
  private running: RunningCommand | null = null;
  private interrupted = false;

  constructor(sim: Simulator, options: LabOptions, warn: (text: string) => void) {
    this.sim = sim;
    this.options = options;
    this.warn = warn;
  }

  /** A line begins. */
  begin(): void {
    this.startNs = this.sim.nowNs;
    this.interrupted = false;
    this.printed = false;
  }

  interrupt(): void {
    this.interrupted = true;
    this.running?.interrupt();
  }

  /** Lets `durationNs` pass: 0, or 130 when it was interrupted. */
  async wait(durationNs: number): Promise<number> {
    const endNs = this.sim.nowNs + durationNs;
    let done = false;
    this.sim.at(endNs, () => {
      done = true;
      this.sim.stop();
    });
    for (;;) {
      this.slice(endNs);
      if (done) return 0;
      await this.pause();
      if (this.interrupted) return 130;
    }
  }

  /** Goes on until the command has ended or waits for input: true when it was ended for running too long. */
  async run(command: RunningCommand): Promise<boolean> {
    const limitNs = this.startNs + (this.options.limitNs ?? Infinity);
    let timedOut = false;
    this.running = command;
    try {
      for (;;) {
        const endNs = timedOut ? limitNs + LAST_NS : limitNs;
        this.slice(Math.min(endNs, command.graceEndNs));
        if (command.exitCode !== null || command.awaitsInput(this.sim.nowNs)) break;
        const quiet = this.sim.nextEventNs() === Infinity;
        if (quiet && command.isReading) break;
        if (this.sim.nowNs >= endNs || (quiet && limitNs !== Infinity)) {
          if (timedOut) command.kill();
          else this.stop(command, quiet);
          timedOut = true;
          continue;
        }
        command.flush();
        await this.pause();
      }
    } finally {
      this.running = null;
    }
    command.flush();
    return timedOut;
  }

  private stop(command: RunningCommand, quiet: boolean): void {
    const ran = `${(this.sim.nowNs - this.startNs) / 1e9} s of simulated time`;
    const why = quiet ? 'waits for what will never happen' : `still ran after ${ran}`;
    this.warn(`dockwire: "${command.command}" ${why}: interrupted\n`);
    command.interrupt();
  }

  /** One piece of time, not past `endNs`; idle stretches are skipped. */
  private slice(endNs: number): void {
    const next = this.sim.nextEventNs();
    if (next === Infinity) return;
    this.sim.run(Math.min(endNs, Math.max(next, this.sim.nowNs) + SLICE_NS));
  }

  private async pause(): Promise<void> {
    const state = {
      ranNs: this.sim.nowNs - this.startNs,
      printed: this.printed,
      quiet: this.sim.nextEventNs() === Infinity,
    };
    this.printed = false;
    if (this.options.pause === undefined) await new Promise((resolve) => setImmediate(resolve));
    else await this.options.pause(state);
  }
}
