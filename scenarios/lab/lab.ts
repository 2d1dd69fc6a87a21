import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { isIncomplete } from '../../programs/shell/is-incomplete.ts';
import type { Scenario } from '../load/scenario.ts';
import { parseWhere } from '../load/parse-step.ts';
import type { Where } from '../load/step.ts';
import type { CaptureSummary } from '../run/capture-manager.ts';
import { findContainer } from '../run/docker-names.ts';
import { findNode } from '../run/nodes.ts';
import { settle, writeKeys, type OpenWorld } from '../run/open-world.ts';
import { UnknownNodeError } from '../run/unknown-node-error.ts';
import type { World } from '../run/world.ts';
import { completeLab } from './complete/complete-lab.ts';
import type { Spot } from './complete/spot.ts';
import type { Completion } from '../../programs/shell/completion.ts';
import { HELP_TEXT } from './help-text.ts';
import { LabActions } from './lab-actions.ts';
import { readLabLine, type LabLine } from './lab-line.ts';
import type { LabOptions, LineResult } from './lab-options.ts';
import { LineClock } from './line-clock.ts';
import { PlaceShells, type Place } from './place.ts';
import { RunningCommand } from './running-command.ts';

const NOT_THERE = 127;
const WRONG = 2;

/** A command of several lines that is not complete yet. */
interface Unfinished {
  readonly where: Where;
  readonly text: string;
}

/**
 * An interactive lab: machines that are up, and lines typed at them one after another. Simulated time goes on only
 * while a line runs. The same lines give the same output. Made by `openLab`.
 */
export class Lab {
  /** That of the last command, as `$?`. */
  exitCode = 0;
  /** True once `exit` was typed where lines are typed first: no more of them are taken. */
  left = false;
  private readonly opened: OpenWorld;
  private readonly options: LabOptions;
  private readonly clock: LineClock;
  private readonly actions: LabActions;
  private readonly shells = new PlaceShells();
  /** Where one is, and the programs that read what is typed; the last one is in front. */
  private readonly levels: (Place | RunningCommand)[];
  private unfinished: Unfinished | null = null;
  /** What the line in progress has printed. */
  private printed = { stdout: '', stderr: '', text: '' };
  private current: Promise<LineResult> | null = null;

  constructor(scenario: Scenario, opened: OpenWorld, options: LabOptions) {
    this.opened = opened;
    this.options = options;
    this.clock = new LineClock(opened.world.sim, options, (text) => this.print(text, 'stderr'));
    this.actions = new LabActions(opened.world, scenario, opened.captures);
    const first = Object.keys(scenario.hosts)[0]!;
    this.levels = [{ kind: 'place', where: { text: first, node: first, netns: undefined } }];
  }

  private get world(): World {
    return this.opened.world;
  }

  private get front(): Place | RunningCommand {
    return this.levels.at(-1)!;
  }

  /** Simulated time. */
  get nowNs(): number {
    return this.world.sim.nowNs;
  }

  /** What stands before the next line: `host1$ `; `> ` in the middle of a command; nothing when a program reads. */
  get prompt(): string {
    if (this.unfinished !== null) return '> ';
    const { front } = this;
    if (front instanceof RunningCommand) return front.prompt?.text ?? '';
    return `${front.where.text}$ `;
  }

  /** True when there is something to come back from: a program that reads, a place gone to, half a command. */
  get isNested(): boolean {
    return this.unfinished !== null || this.levels.length > 1;
  }

  /** Takes a line; resolves when the next one can be typed. */
  enter(line: string): Promise<LineResult> {
    return this.during(() => this.take(line));
  }

  /** Ctrl-D: out of the program that reads, back to where one was before, or out of the lab. */
  endInput(): Promise<LineResult> {
    return this.during(async () => {
      const { front, unfinished } = this;
      if (unfinished !== null) {
        this.unfinished = null;
        await this.runAt(unfinished.where, unfinished.text);
      } else if (front instanceof RunningCommand) {
        front.typeEnd();
        await this.run(front);
      } else this.leave();
    });
  }

  /** Ctrl-C: interrupts the line in progress, or the program that reads; at a prompt it drops an unfinished command. */
  interrupt(): Promise<LineResult> {
    if (this.current !== null) {
      this.clock.interrupt();
      return this.current;
    }
    return this.during(async () => {
      const { front } = this;
      if (front instanceof RunningCommand) {
        front.interrupt();
        await this.run(front);
      } else this.exitCode = 130;
      this.unfinished = null;
    });
  }

  /** What Tab offers at the end of `line`. */
  complete(line: string): Completion {
    const { front } = this;
    if (this.unfinished !== null) return { start: line.length, candidates: [] };
    const spot = front instanceof RunningCommand ? front.prompt : this.spotOf(front.where);
    if (spot === null) return { start: line.length, candidates: [] };
    return completeLab(this.world, spot, line, (name) => this.spotOf(parseWhere(name)));
  }

  private spotOf(where: Where): Spot | null {
    try {
      const node = findNode(this.world, where.node, where.netns);
      return { ...node, directory: this.shells.directoryOf(where, node) };
    } catch (error) {
      if (error instanceof UnknownNodeError) return null;
      throw error;
    }
  }

  /** Ends the captures and writes what is left to write: the captures' files. */
  close(): readonly CaptureSummary[] {
    const { captures } = this.opened;
    this.left = true;
    settle(this.world);
    captures.stop();
    if (captures.finished.length > 0) writeKeys(this.world, this.options.output);
    return captures.finished;
  }

  private during(work: () => Promise<void>): Promise<LineResult> {
    if (this.current !== null) throw new Error('a line is in progress');
    if (this.left) throw new Error('the lab has been left');
    this.printed = { stdout: '', stderr: '', text: '' };
    this.clock.begin();
    // Begun once `current` is set: what is printed first may be answered with an interrupt.
    this.current = Promise.resolve()
      .then(work)
      .then(
        () => {
          this.current = null;
          this.dropEnded();
          this.opened.captures.flush();
          return { ...this.printed, exitCode: this.exitCode };
        },
        (error: unknown) => {
          this.current = null;
          throw error;
        },
      );
    return this.current;
  }

  /** Programs that waited for input may have ended with what the line did: their container was removed, say. */
  private dropEnded(): void {
    const running = this.levels.filter(
      (level) => !(level instanceof RunningCommand) || level.exitCode === null,
    );
    this.levels.splice(0, this.levels.length, ...running);
  }

  private async take(line: string): Promise<void> {
    const { front, unfinished } = this;
    if (unfinished !== null) {
      this.echo(`> ${line}`);
      await this.takeCommand(unfinished.where, `${unfinished.text}\n${line}`);
      return;
    }
    let read: LabLine;
    try {
      read = readLabLine(line, (name) => findContainer(this.world, name) !== null);
    } catch (error) {
      this.echo(`${this.prompt}${line}`);
      this.complain(error);
      return;
    }
    if (front instanceof RunningCommand && isForProgram(front, read)) {
      this.echo(`${this.prompt}${line}`);
      front.type(`${line}\n`);
      await this.run(front);
    } else await this.obey(read, line);
  }

  private async obey(read: LabLine, line: string): Promise<void> {
    switch (read.kind) {
      case 'nothing':
        return;
      case 'help':
      case 'time':
        this.echo(`${this.prompt}${line}`);
        this.print(read.kind === 'help' ? HELP_TEXT : `${seconds(this.nowNs)} s\n`, 'stdout');
        this.exitCode = 0;
        return;
      case 'exit':
        this.exitCode = read.code ?? this.exitCode;
        this.leave();
        return;
      case 'go':
        this.go(read.where);
        return;
      case 'command':
        await this.obeyCommand(read.where, read.command);
        return;
      case 'wait':
        this.exitCode = await this.clock.wait(read.durationNs);
        return;
      case 'action':
        this.attempt(() => this.actions.apply(read.action));
        return;
    }
  }

  private async obeyCommand(where: Where | undefined, command: string): Promise<void> {
    const place = where ?? (this.front as Place).where;
    this.echo(`${place.text}$ ${command}`);
    await this.takeCommand(place, command);
  }

  /** Runs a command once it is complete. */
  private async takeCommand(where: Where, text: string): Promise<void> {
    this.unfinished = null;
    if (isIncomplete(text)) this.unfinished = { where, text };
    else await this.runAt(where, text);
  }

  private async runAt(where: Where, text: string): Promise<void> {
    const started = this.attempt(() => {
      const node = findNode(this.world, where.node, where.netns);
      const command = new RunningCommand(text, node, this.options.input ?? 'terminal', {
        onOutput: (output, stream) => this.print(output, stream),
        onStop: () => this.world.sim.stop(),
      });
      this.levels.push(command);
      // As a step begins: after what else happens at this time.
      this.world.sim.at(this.nowNs, () => command.start(this.shells.memoryOf(where, node)));
      return command;
    });
    if (started !== undefined) await this.run(started);
  }

  /** Lets time go on until a command has ended or waits for input. */
  private async run(command: RunningCommand): Promise<void> {
    const timedOut = await this.clock.run(command);
    if (command.exitCode === null) return;
    this.levels.splice(this.levels.indexOf(command), 1);
    this.exitCode = timedOut ? 124 : command.exitCode;
  }

  private go(where: Where): void {
    this.attempt(() => {
      findNode(this.world, where.node, where.netns);
      this.levels.push({ kind: 'place', where });
    });
  }

  private leave(): void {
    if (this.levels.length === 1) this.left = true;
    else this.levels.pop();
  }

  /** Does what may name something that is not there, and sets the exit code. */
  private attempt<T>(action: () => T): T | undefined {
    try {
      const result = action();
      this.exitCode = 0;
      return result;
    } catch (error) {
      this.complain(error);
      return undefined;
    }
  }

  private complain(error: unknown): void {
    if (error instanceof UnknownNodeError) this.exitCode = NOT_THERE;
    else if (error instanceof FormatError) this.exitCode = WRONG;
    else throw error;
    const hint = error instanceof FormatError && error.hint !== undefined ? `; ${error.hint}` : '';
    this.print(`dockwire: ${error.message}${hint}\n`, 'stderr');
  }

  private echo(line: string): void {
    if (this.options.echo === true) this.print(`${line}\n`, 'stdout');
  }

  private print(text: string, stream: 'stdout' | 'stderr'): void {
    this.printed[stream] += text;
    this.printed.text += text;
    this.clock.printed = true;
    this.options.onOutput?.(text, stream);
  }
}

/** A program gets every line; a shell does not get those that only a lab understands. */
function isForProgram(command: RunningCommand, line: LabLine): boolean {
  if (command.prompt === null || command.prompt.text === '> ') return true;
  if (line.kind === 'command') return line.where === undefined;
  return line.kind === 'exit' || line.kind === 'nothing';
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(9);
}
