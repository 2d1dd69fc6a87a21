import { EMPTY_INPUT } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { RunStep, Step } from '../load/step.ts';
import type { Scenario } from '../load/scenario.ts';
import type { CaptureManager } from './capture-manager.ts';
import { failedExpectations } from './expectation.ts';
import { findNode } from './nodes.ts';
import type { FailedExpectation, StepOutput } from './run-options.ts';
import { startCommand } from './start-command.ts';
import { StepActions, type InstantAction } from './step-actions.ts';
import { UnknownNodeError } from './unknown-node-error.ts';
import type { World } from './world.ts';

/** What came of one command, for summary.json. */
export interface StepSummary {
  readonly step: string;
  readonly startedNs: number;
  readonly tookNs: number;
  readonly exitCode: number;
}

/** A command that was started and not waited for. */
interface BackgroundCommand {
  readonly step: RunStep;
  readonly process: Process;
  readonly startedNs: number;
  /** What it printed so far, both streams as they came. */
  readonly shown: () => string;
  readonly streams: () => { readonly stdout: string; readonly stderr: string };
}

/**
 * Runs the steps of a scenario one after another inside the simulation: each starts when the one before it has
 * ended, at its own time if it names one. A background command is started and not waited for; its output joins
 * the transcript when it ends (or the run does).
 */
export class StepRunner {
  readonly failed: FailedExpectation[] = [];
  readonly summaries: StepSummary[] = [];
  done = 0;
  finished = false;
  private readonly world: World;
  private readonly steps: readonly Step[];
  private readonly file: string;
  private readonly actions: StepActions;
  private readonly transcript: (text: string) => void;
  private readonly onStepEnd: ((output: StepOutput) => void) | undefined;
  private readonly background: BackgroundCommand[] = [];

  constructor(
    world: World,
    scenario: Scenario,
    captures: CaptureManager,
    transcript: (text: string) => void,
    onStepEnd?: (output: StepOutput) => void,
  ) {
    this.world = world;
    this.steps = scenario.steps;
    this.file = scenario.source.file;
    this.actions = new StepActions(world, scenario, captures);
    this.transcript = transcript;
    this.onStepEnd = onStepEnd;
  }

  get total(): number {
    return this.steps.length;
  }

  /** Schedules the first step. */
  start(): void {
    this.scheduleNext();
  }

  /** The run is over: what background commands printed so far joins the transcript. */
  finish(): void {
    for (const { step, startedNs, shown, streams } of this.background.splice(0)) {
      this.showBackground(step, shown());
      this.report(step, { startedNs, exitCode: null, ...streams() });
    }
  }

  private scheduleNext(): void {
    const step = this.steps[this.done];
    if (step === undefined) {
      this.finished = true;
      this.world.sim.stop();
      return;
    }
    this.world.sim.at(step.atNs ?? this.world.sim.nowNs, () => this.run(step));
  }

  private stepDone(): void {
    this.done++;
    this.scheduleNext();
  }

  private run(step: Step): void {
    switch (step.kind) {
      case 'run':
        this.runCommand(step);
        return;
      case 'wait':
        this.world.sim.at(this.world.sim.nowNs + step.durationNs, () => this.stepDone());
        return;
      default:
        this.attempt(step);
        this.stepDone();
    }
  }

  private runCommand(step: RunStep): void {
    const startedNs = this.world.sim.nowNs;
    let stdout = '';
    let stderr = '';
    let shown = '';
    const write = (text: string) => {
      if (step.background) shown += text;
      else this.transcript(text);
    };
    if (!step.background) this.transcript(`${step.where.text}$ ${step.command}\n`);
    let node;
    try {
      node = findNode(this.world, step.where.node, step.where.netns);
    } catch (error) {
      if (!(error instanceof UnknownNodeError)) throw error;
      this.transcript(`dockwire: ${error.message}\n`);
      this.ended(step, startedNs, 127, '', error.message);
      if (!step.background) this.stepDone();
      return;
    }
    const process = startCommand(node, step.command, {
      stdin: EMPTY_INPUT,
      onOutput: (text, stream) => {
        if (stream === 'stdout') stdout += text;
        else stderr += text;
        write(text);
      },
      onExit: (exitCode, ended) => {
        this.ended(step, startedNs, exitCode, stdout, stderr);
        if (!step.background) this.stepDone();
        else this.backgroundEnded(ended, shown);
      },
    });
    if (!step.background) return;
    const streams = () => ({ stdout, stderr });
    this.background.push({ step, process, startedNs, shown: () => shown, streams });
    this.stepDone();
  }

  private ended(step: RunStep, startedNs: number, exitCode: number, stdout: string, stderr: string): void {
    const tookNs = this.world.sim.nowNs - startedNs;
    this.summaries.push({ step: step.text, startedNs, tookNs, exitCode });
    this.failed.push(...failedExpectations(step, this.file, { exitCode, stdout, stderr, tookNs }));
    this.report(step, { startedNs, exitCode, stdout, stderr });
  }

  private report(step: RunStep, output: Omit<StepOutput, 'index' | 'tookNs'>): void {
    const tookNs = this.world.sim.nowNs - output.startedNs;
    this.onStepEnd?.({ index: this.steps.indexOf(step), tookNs, ...output });
  }

  private backgroundEnded(process: Process, shown: string): void {
    const index = this.background.findIndex((entry) => entry.process === process);
    if (index < 0) return;
    const [ended] = this.background.splice(index, 1);
    this.showBackground(ended!.step, shown);
  }

  private showBackground(step: RunStep, text: string): void {
    this.transcript(`${step.where.text}$ ${step.command} &\n${text}`);
  }

  /** Does a step that may name something that is not there. */
  private attempt(step: Step & InstantAction): void {
    try {
      this.actions.apply(step);
    } catch (error) {
      if (!(error instanceof UnknownNodeError)) throw error;
      this.transcript(`dockwire: ${error.message}\n`);
      this.failed.push({
        position: `${this.file}:${step.position.line}:${step.position.column}`,
        step: step.text,
        what: 'step',
        expected: 'it can be done',
        actual: error.message,
      });
    }
  }
}
