import { OutputDescriptor } from '../../core/host/descriptor.ts';
import { SIGPIPE, type Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import { EMPTY_INPUT, Pipe } from '../../core/host/streams.ts';
import { spawnChild, type ChildStreams } from '../child-process.ts';
import type { Run } from '../line-input.ts';
import type {
  AndOr,
  CaseCommand,
  Command,
  ForCommand,
  IfCommand,
  List,
  LoopCommand,
  Pipeline,
} from './ast.ts';
import { LoopJump, ShellExit } from './control-flow.ts';
import { Expander } from './expander.ts';
import { matchesPattern } from './pattern.ts';
import { redirect } from './redirect.ts';
import { CaptureBuffer, Shell } from './shell.ts';
import { ShellError, type ShellState } from './shell-state.ts';
import { runSimpleCommand } from './simple-command.ts';
import { timingReport } from './timing-report.ts';

/** Runs commands of the syntax tree in one shell. Each method returns the exit code and leaves it in `$?`. */
export class Executor {
  readonly shell: Shell;
  readonly expander: Expander;
  /** True when the next simple command is the last thing this shell does: a program may then take its place. */
  private atLast = false;
  /** Above 0 in a condition, where `set -e` does not look. */
  private conditions = 0;
  /** The streams of the list being run, which its substitutions inherit. */
  private current: ChildStreams;

  constructor(shell: Shell) {
    this.shell = shell;
    this.current = shell.streams;
    this.expander = new Expander(shell, (script) => this.substitute(script));
  }

  get state(): ShellState {
    return this.shell.state;
  }

  *executeList(list: List, streams: ChildStreams): Run<number> {
    const outer = this.current;
    this.current = streams;
    try {
      for (const item of list.items) {
        if (item.background) this.startJob(item, streams);
        else yield* this.executeAndOr(item, streams);
      }
      return this.state.status;
    } finally {
      this.current = outer;
    }
  }

  *executeCommand(command: Command, streams: ChildStreams): Run<number> {
    if (command.kind === 'simple') return yield* runSimpleCommand(this, command, streams);
    if (command.kind === 'function') {
      this.state.functions.set(command.name, command.body);
      return 0;
    }
    const inner = yield* this.redirected(command, streams);
    if (inner === null) return this.shell.dialect.name === 'dash' ? 2 : 1;
    return yield* this.executeCompound(command, inner);
  }

  /** Runs a list of which nothing is left to do afterwards: a lone simple command takes the shell's place. */
  *executeLast(list: List, streams: ChildStreams): Run<number> {
    const item = list.items.length === 1 ? list.items[0]! : null;
    const plain = item !== null && item.rest.length === 0 && !item.first.negated && !item.first.timed;
    this.atLast =
      plain &&
      !item.background &&
      item.first.commands.length === 1 &&
      item.first.commands[0]!.kind === 'simple';
    return yield* this.executeList(list, streams);
  }

  /** Whether the simple command that asks may take the shell's place. */
  takeLast(): boolean {
    const { atLast } = this;
    this.atLast = false;
    return atLast;
  }

  /** Starts a copy of this shell as a process of its own. */
  spawnSubshell(
    streams: ChildStreams,
    body: (executor: Executor) => Run<number>,
    onExit: () => void = () => {},
  ): Process {
    const { proc, dialect } = this.shell;
    const state = this.state.copy();
    const program: Program = (child) => runShell(new Shell(child, state, dialect), body);
    return spawnChild(proc, program, proc.argv, streams, { environment: state.environment(), onExit });
  }

  private *executeAndOr({ first, rest }: AndOr, streams: ChildStreams): Run<number> {
    const last = rest.length - 1;
    let status = yield* this.executeGuarded(first, streams, rest.length > 0);
    for (const [index, { operator, pipeline }] of rest.entries()) {
      if ((operator === '&&') !== (status === 0)) continue;
      status = yield* this.executeGuarded(pipeline, streams, index < last);
    }
    return status;
  }

  /** Runs a pipeline; under `set -e` its failure ends the shell unless something looks at the result. */
  private *executeGuarded(pipeline: Pipeline, streams: ChildStreams, looked: boolean): Run<number> {
    const watched = looked || pipeline.negated;
    if (watched) this.conditions++;
    const status = yield* this.executePipeline(pipeline, streams);
    if (watched) this.conditions--;
    const exits = status !== 0 && this.state.options.errexit && !watched && this.conditions === 0;
    if (exits) throw new ShellExit(status);
    return status;
  }

  private *executePipeline(pipeline: Pipeline, streams: ChildStreams): Run<number> {
    const startNs = this.shell.proc.nowNs;
    const { commands } = pipeline;
    let status = 0;
    if (commands.length === 1) status = yield* this.executeCommand(commands[0]!, streams);
    else if (commands.length > 1) status = yield* this.executePiped(commands, streams);
    if (pipeline.negated) status = status === 0 ? 1 : 0;
    if (pipeline.timed) {
      streams.stderr.write(timingReport(this.shell.proc.nowNs - startNs, this.shell.dialect.name));
    }
    this.state.status = status;
    return status;
  }

  /** Each command in a process of its own, its output the next one's input. */
  private *executePiped(commands: readonly Command[], streams: ChildStreams): Run<number> {
    const processes: Process[] = [];
    let input = streams.stdin;
    for (const [index, command] of commands.entries()) {
      const reads = input instanceof Pipe ? input : null;
      const pipe = index === commands.length - 1 ? null : new Pipe();
      const output = pipe === null ? streams.stdout : OutputDescriptor.on(pipe);
      processes.push(
        this.spawnSubshell(
          { stdin: input, stdout: output, stderr: streams.stderr },
          (executor) => {
            executor.atLast = command.kind === 'simple';
            return executor.executeCommand(command, executor.shell.streams);
          },
          () => reads?.closeReader(),
        ),
      );
      // The member's own descriptor keeps the pipe open from here on.
      if (pipe !== null) output.close();
      input = pipe ?? input;
    }
    yield* this.shell.waitForeground(processes);
    const codes = processes.map((process) => process.exitCode ?? 0);
    const failed = this.state.options.pipefail ? codes.findLast((code) => code !== 0) : undefined;
    return failed ?? codes.at(-1) ?? 0;
  }

  private startJob(item: AndOr, streams: ChildStreams): void {
    const stdin = this.shell.interactive ? streams.stdin : EMPTY_INPUT;
    const list = { items: [{ ...item, background: false }] };
    const process = this.spawnSubshell({ ...streams, stdin }, (executor) =>
      executor.executeLast(list, executor.shell.streams),
    );
    this.state.backgroundPid = String(process.pid);
    this.state.status = 0;
    const number = 1 + Math.max(0, ...this.shell.jobs.map((job) => job.number));
    this.shell.jobs.push({ number, text: item.text, process });
    if (this.shell.interactive) streams.stderr.write(`[${number}] ${process.pid}\n`);
  }

  private *substitute(script: List): Run<string> {
    const capture = new CaptureBuffer();
    const process = this.spawnSubshell({ ...this.current, stdout: capture }, (executor) =>
      executor.executeLast(script, executor.shell.streams),
    );
    capture.onOverflow = () => process.kill(SIGPIPE);
    yield* this.shell.waitForeground([process]);
    this.state.status = process.exitCode ?? 0;
    return capture.text;
  }

  /** The streams of a compound command; null when a redirection failed. */
  private *redirected(command: Command, streams: ChildStreams): Run<ChildStreams | null> {
    try {
      return yield* redirect(this.shell, this.expander, command.redirections, streams);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      this.shell.complain(streams, 1, error.message);
      return null;
    }
  }

  private *executeCompound(
    command: Exclude<Command, { kind: 'simple' | 'function' }>,
    streams: ChildStreams,
  ): Run<number> {
    switch (command.kind) {
      case 'group':
        return yield* this.executeList(command.body, streams);
      case 'subshell': {
        const process = this.spawnSubshell(streams, (executor) =>
          executor.executeList(command.body, executor.shell.streams),
        );
        yield* this.shell.waitForeground([process]);
        return process.exitCode ?? 0;
      }
      case 'if':
        return yield* this.executeIf(command, streams);
      case 'while':
      case 'until':
        return yield* this.executeLoop(command, streams);
      case 'for':
        return yield* this.executeFor(command, streams);
      case 'case':
        return yield* this.executeCase(command, streams);
    }
  }

  private *executeCondition(condition: List, streams: ChildStreams): Run<boolean> {
    this.conditions++;
    const status = yield* this.executeList(condition, streams);
    this.conditions--;
    return status === 0;
  }

  private *executeIf({ branches, otherwise }: IfCommand, streams: ChildStreams): Run<number> {
    for (const { condition, body } of branches) {
      if (yield* this.executeCondition(condition, streams)) return yield* this.executeList(body, streams);
    }
    return otherwise === null ? 0 : yield* this.executeList(otherwise, streams);
  }

  private *executeLoop({ kind, condition, body }: LoopCommand, streams: ChildStreams): Run<number> {
    let status = 0;
    let ended = false;
    while (!ended) {
      yield* this.shell.loopRound();
      ended = yield* this.untilJump(function* (this: Executor) {
        if ((yield* this.executeCondition(condition, streams)) === (kind === 'until')) return true;
        status = yield* this.executeList(body, streams);
        return false;
      });
    }
    return status;
  }

  private *executeFor({ variable, words, body }: ForCommand, streams: ChildStreams): Run<number> {
    const values = words === null ? [...this.state.positional] : yield* this.expander.expandFields(words);
    let status = 0;
    for (const value of values) {
      yield* this.shell.loopRound();
      this.state.set(variable, value);
      const ended = yield* this.untilJump(function* (this: Executor) {
        status = yield* this.executeList(body, streams);
        return false;
      });
      if (ended) break;
    }
    return status;
  }

  /** One time round a loop: true when it is the last, be it by `break`. */
  private *untilJump(round: (this: Executor) => Run<boolean>): Run<boolean> {
    const conditions = this.conditions;
    try {
      return yield* round.call(this);
    } catch (jump) {
      if (!(jump instanceof LoopJump)) throw jump;
      this.conditions = conditions;
      this.state.status = 0;
      if (--jump.levels > 0) throw jump;
      return jump.kind === 'break';
    }
  }

  private *executeCase({ subject, branches }: CaseCommand, streams: ChildStreams): Run<number> {
    const text = yield* this.expander.expandText(subject);
    for (const { patterns, body } of branches) {
      for (const pattern of patterns) {
        if (!matchesPattern(yield* this.expander.expandPattern(pattern), text)) continue;
        this.state.status = 0;
        return yield* this.executeList(body, streams);
      }
    }
    return 0;
  }
}

/** Runs a shell until it ends by itself, by `exit` or by an error; its exit code. */
export function* runShell(shell: Shell, body: (executor: Executor) => Run<number>): Run<number> {
  try {
    return yield* body(new Executor(shell));
  } catch (reason) {
    if (reason instanceof ShellExit) return reason.code;
    if (reason instanceof LoopJump) return 0;
    if (reason instanceof ShellError) {
      shell.complain(shell.streams, 1, reason.message);
      return reason.exitCode;
    }
    throw reason;
  }
}
