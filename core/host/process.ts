import type { NetNamespace } from '../namespace/net-namespace.ts';
import { Timer } from '../sim/timer.ts';
import type { Host } from './host.ts';
import type { InputStream, OutputStream } from './streams.ts';
import type { Program, ProgramRun, WaitRequest } from './program.ts';
import type { VirtualFileSystem } from './virtual-file-system.ts';
import { WaitQueue } from './wait-queue.ts';

/** What a process sees: the namespaces it is in. A container has one; `ip netns exec` changes the network alone. */
export interface ProcessContext {
  netns: NetNamespace;
  fileSystem: VirtualFileSystem;
  /** The UTS namespace. */
  uts: { hostname: string };
  /** The image's userland: 'busybox' prints as busybox does, 'debian' as iproute2 and iputils do. */
  userland: 'busybox' | 'debian';
  /** CAP_NET_ADMIN: may change devices, addresses, routes and rules. True when not given. */
  netAdmin?: boolean;
}

/** How a process is started. */
export interface ProcessOptions {
  context: ProcessContext;
  argv: readonly string[];
  environment?: ReadonlyMap<string, string>;
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  /** Makes it a thread of another process: it has a number of its own, but listings show only the process. */
  threadOf?: Process;
  /** Called once, when the process has ended. */
  onExit?: (process: Process) => void;
}

/** Exit code of a process that a signal ended: 128 + signal. */
export const SIGINT = 2;
export const SIGKILL = 9;
export const SIGPIPE = 13;
export const SIGTERM = 15;

/** Something to undo when a process ends: a socket to close, a process to kill. */
export interface ProcessResource {
  releasedBy(process: Process): void;
}

/**
 * A running program. It owns what it opened: sockets and the like are registered with `own` and let go of when
 * it ends, however it ends.
 */
export class Process {
  readonly pid: number;
  readonly host: Host;
  readonly context: ProcessContext;
  /** The process this is a thread of, or null. */
  readonly threadOf: Process | null;
  /** These five change when the process goes on as another program (`exec`). */
  argv: readonly string[];
  environment: Map<string, string>;
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  /** null while running. */
  exitCode: number | null = null;
  /** Woken when the process has ended. */
  readonly exited = new WaitQueue();
  /** A signal that the program wants to see rather than die of, and whether it came. */
  readonly caughtSignals = new Map<number, { queue: WaitQueue; raised: boolean }>();
  private run: ProgramRun | null = null;
  private request: WaitRequest | null = null;
  private wokenBy: WaitQueue | null = null;
  private runnable = false;
  /** True while the program itself is executing: a signal that comes then takes effect at its next wait. */
  private stepping = false;
  private pendingSignal = 0;
  /** Stopped by the cgroup freezer; `missedStep` when it would have run since. */
  private frozen = false;
  private missedStep = false;
  private readonly timer: Timer;
  private readonly resources: ProcessResource[] = [];
  private readonly onExit: ((process: Process) => void) | undefined;

  constructor(host: Host, pid: number, options: ProcessOptions) {
    this.host = host;
    this.pid = pid;
    this.context = options.context;
    this.threadOf = options.threadOf ?? null;
    this.argv = options.argv;
    this.environment = new Map(options.environment ?? []);
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.onExit = options.onExit;
    this.timer = new Timer(host.sim, () => this.becomeRunnable(null));
  }

  get netns(): NetNamespace {
    return this.context.netns;
  }

  get nowNs(): number {
    return this.host.nowNs();
  }

  /** Writes text to standard output. */
  print(text: string): void {
    this.stdout.write(text);
  }

  /** Writes text to standard error. */
  printError(text: string): void {
    this.stderr.write(text);
  }

  /** Waits for `delayNs`. */
  *sleep(delayNs: number): Generator<WaitRequest, void, WaitQueue | null> {
    yield { queues: [], untilNs: this.nowNs + delayNs };
  }

  /** Waits for a queue to be woken, or `timeoutNs`: true when woken, false on time-out. */
  *wait(queue: WaitQueue, timeoutNs = Infinity): Generator<WaitRequest, boolean, WaitQueue | null> {
    const wokenBy = yield { queues: [queue], untilNs: this.nowNs + timeoutNs };
    return wokenBy !== null;
  }

  /** Waits for any of several queues (select): the one that woke it, or null on time-out. */
  *waitAny(
    queues: readonly WaitQueue[],
    timeoutNs = Infinity,
  ): Generator<WaitRequest, WaitQueue | null, WaitQueue | null> {
    return yield { queues, untilNs: this.nowNs + timeoutNs };
  }

  /** Waits until another process has ended and returns its exit code. */
  *waitFor(child: Process): Generator<WaitRequest, number, WaitQueue | null> {
    while (child.exitCode === null) yield* this.wait(child.exited);
    return child.exitCode;
  }

  /** Makes the process the owner of something that must not outlive it. */
  own(resource: ProcessResource): void {
    this.resources.push(resource);
  }

  disown(resource: ProcessResource): void {
    const index = this.resources.indexOf(resource);
    if (index >= 0) this.resources.splice(index, 1);
  }

  /** From now on the signal wakes the returned queue instead of ending the process. */
  catchSignal(signal: number): { queue: WaitQueue; raised: boolean } {
    const state = { queue: new WaitQueue(), raised: false };
    this.caughtSignals.set(signal, state);
    return state;
  }

  /** Sends a signal: the program sees it if it asked to, else it ends with 128 + signal. */
  kill(signal = SIGTERM): void {
    if (this.exitCode !== null) return;
    const caught = signal === SIGKILL ? undefined : this.caughtSignals.get(signal);
    if (caught !== undefined) {
      caught.raised = true;
      caught.queue.wake();
      return;
    }
    if (this.stepping || (this.frozen && signal !== SIGKILL)) {
      this.pendingSignal = signal;
      return;
    }
    this.run?.return(128 + signal);
    this.finish(128 + signal);
  }

  /**
   * execve: the process goes on as another program, which inherits what it owns. The outputs that the new program
   * does not keep are closed. The caller returns what this returns.
   */
  *exec(
    program: Program,
    argv: readonly string[],
    environment: ReadonlyMap<string, string>,
    streams: { stdin: InputStream; stdout: OutputStream; stderr: OutputStream },
  ): ProgramRun {
    const before = [this.stdout, this.stderr];
    this.argv = argv;
    this.environment = new Map(environment);
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.caughtSignals.clear();
    for (const output of before) if (output !== this.stdout && output !== this.stderr) output.close();
    return yield* program(this);
  }

  /** The cgroup freezer: the process does not run until it is thawed. Signals wait too, but SIGKILL. */
  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    if (this.pendingSignal !== 0) {
      const signal = this.pendingSignal;
      this.pendingSignal = 0;
      this.kill(signal);
    }
    if (!this.missedStep) return;
    this.missedStep = false;
    this.host.processes.makeRunnable(this);
  }

  /** For the process table: hands the process its program and makes it runnable. */
  start(run: ProgramRun): void {
    this.run = run;
    this.becomeRunnable(null);
  }

  /** For wait queues: one that this process waits on was woken. */
  wake(queue: WaitQueue): void {
    if (this.request === null) return;
    this.becomeRunnable(queue);
  }

  /** For the process table: runs the program until it waits again or ends. */
  step(): void {
    if (this.frozen) {
      this.missedStep = true;
      return;
    }
    this.runnable = false;
    if (this.exitCode !== null || this.run === null) return;
    const wokenBy = this.wokenBy;
    this.wokenBy = null;
    this.request = null;
    this.stepping = true;
    const result = this.run.next(wokenBy);
    this.stepping = false;
    if (result.done === true) {
      this.finish(result.value);
      return;
    }
    if (this.pendingSignal !== 0) {
      this.run.return(128 + this.pendingSignal);
      this.finish(128 + this.pendingSignal);
      return;
    }
    this.request = result.value;
    for (const queue of result.value.queues) queue.add(this);
    if (result.value.untilNs !== Infinity)
      this.timer.armAt(Math.max(result.value.untilNs, this.host.sim.nowNs));
  }

  private becomeRunnable(queue: WaitQueue | null): void {
    if (this.runnable || this.exitCode !== null) return;
    this.runnable = true;
    this.wokenBy = queue;
    this.timer.cancel();
    if (this.request !== null) {
      for (const other of this.request.queues) if (other !== queue) other.remove(this);
    }
    this.host.processes.makeRunnable(this);
  }

  private finish(code: number): void {
    if (this.exitCode !== null) return;
    this.exitCode = code;
    this.timer.cancel();
    if (this.request !== null) for (const queue of this.request.queues) queue.remove(this);
    this.request = null;
    while (this.resources.length > 0) this.resources.pop()!.releasedBy(this);
    this.stdout.close();
    this.stderr.close();
    this.host.processes.ended(this);
    this.onExit?.(this);
    this.exited.wake();
  }
}
