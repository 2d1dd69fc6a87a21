import { SIGINT, SIGKILL, type Process } from '../../core/host/process.ts';
import { EMPTY_INPUT } from '../../core/host/streams.ts';
import { TerminalInput } from '../../core/host/terminal-input.ts';
import type { ShellMemory } from '../../programs/shell/shell-memory.ts';
import type { Node } from '../run/nodes.ts';
import { startCommand } from '../run/start-command.ts';
import { looksLikePrompt, shellPrompt, type ShellPrompt } from './shell-prompt.ts';

/** A program that waits for input gets this much simulated time for what else it waits for, an answer say. */
const GRACE_NS = 1_000_000_000;
const CTRL_C = '\x03';
const CTRL_D = '\x04';
/** So many times ctrl-c, and a command that does not listen is killed. */
const INTERRUPTS_TO_KILL = 3;

export interface CommandHandlers {
  readonly onOutput: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Called when there is no reason to go on: the command has ended, or a shell waits for the next line. */
  readonly onStop: () => void;
}

/** One command line that runs on a terminal of its own. */
export class RunningCommand {
  readonly command: string;
  /** Null while it runs. */
  exitCode: number | null = null;
  /** The shell that waits for a line, or null. */
  prompt: ShellPrompt | null = null;
  /** When a program that reads has had its time for other things. */
  graceEndNs = Infinity;
  private readonly handlers: CommandHandlers;
  private readonly node: Node;
  private readonly terminal: TerminalInput | null;
  private process: Process | null = null;
  /** Output that may be a prompt: shown, or left out, once it is known. */
  private held = '';
  private interrupts = 0;

  constructor(command: string, node: Node, input: 'terminal' | 'none', handlers: CommandHandlers) {
    this.command = command;
    this.node = node;
    this.handlers = handlers;
    this.terminal = input === 'terminal' ? new TerminalInput() : null;
    if (this.terminal !== null) this.terminal.onReader = () => this.onReader();
  }

  start(memory: ShellMemory): void {
    this.process = startCommand(this.node, this.command, {
      stdin: this.terminal ?? EMPTY_INPUT,
      memory,
      onOutput: (text, stream) => {
        this.flush();
        if (this.terminal !== null && looksLikePrompt(text)) this.held = text;
        else this.handlers.onOutput(text, stream);
      },
      onExit: (exitCode) => {
        this.exitCode = exitCode;
        this.handlers.onStop();
      },
    });
  }

  /** True when it is for the user to type. */
  awaitsInput(nowNs: number): boolean {
    if (this.prompt !== null) return true;
    if (nowNs < this.graceEndNs) return false;
    if (this.terminal?.isAwaited === true) return true;
    this.graceEndNs = Infinity;
    return false;
  }

  get isReading(): boolean {
    return this.terminal?.isAwaited === true;
  }

  /** Shows what was held back. */
  flush(): void {
    const text = this.held;
    this.held = '';
    if (text !== '') this.handlers.onOutput(text, 'stdout');
  }

  /** Types a line, its newline included. */
  type(text: string): void {
    this.interrupts = 0;
    this.goOn();
    this.terminal?.write(text);
  }

  /** Ctrl-D. */
  typeEnd(): void {
    this.goOn();
    if (this.terminal?.isRaw === true) this.terminal.write(CTRL_D);
    else this.terminal?.close();
  }

  /** Ctrl-C: SIGINT to the program in the foreground, be it in a container. */
  interrupt(): void {
    this.goOn();
    if (++this.interrupts >= INTERRUPTS_TO_KILL) this.kill();
    else if (this.terminal?.isRaw === true) this.terminal.write(CTRL_C);
    else this.process?.kill(SIGINT);
  }

  kill(): void {
    this.process?.kill(SIGKILL);
  }

  private goOn(): void {
    this.prompt = null;
    this.graceEndNs = Infinity;
  }

  private onReader(): void {
    this.prompt = shellPrompt(this.terminal!.reader, this.held);
    if (this.prompt !== null) {
      this.held = '';
      this.handlers.onStop();
    } else if (this.graceEndNs === Infinity) {
      this.graceEndNs = this.node.host.sim.nowNs + GRACE_NS;
      // The run in progress goes further than that.
      this.handlers.onStop();
    }
  }
}
