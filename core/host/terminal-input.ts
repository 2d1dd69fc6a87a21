import type { Process } from './process.ts';
import { Pipe } from './streams.ts';
import { WaitQueue } from './wait-queue.ts';

/** A wait queue that tells when somebody begins to wait. */
class AwaitedQueue extends WaitQueue {
  /** Woken when a process waits for input. */
  readonly awaited = new WaitQueue();
  onAwaited: (() => void) | null = null;

  override add(process: Process): void {
    super.add(process);
    this.awaited.wake();
    this.onAwaited?.();
  }
}

/** An input that knows whether somebody waits for it. */
export class AwaitedInput extends Pipe {
  override readonly readable = new AwaitedQueue();

  /** Woken when a process waits for somebody to type. */
  get awaited(): WaitQueue {
    return this.readable.awaited;
  }

  get isAwaited(): boolean {
    return this.reader !== null;
  }

  /** The process that waits for what is typed, or null. */
  get reader(): Process | null {
    return this.readable.first;
  }

  /** Called each time a process begins to wait. */
  set onAwaited(callback: (() => void) | null) {
    this.readable.onAwaited = callback;
  }

  /** A terminal's end of input is over once it was seen: the next reader reads on. */
  reopen(): void {
    this.ended = false;
  }
}

/** What a terminal is connected to when a program on it passes input on to another, as ssh does. */
interface Relay {
  readonly to: AwaitedInput;
  /** Control characters are passed on too, and mean nothing to this terminal (cfmakeraw). */
  readonly raw: boolean;
}

/** The keyboard of a terminal that somebody sits at. What is typed comes in whole lines. */
export class TerminalInput extends AwaitedInput {
  readonly isTerminal = true;
  /** Called each time a process begins to wait for what is typed here, be it through a relay. */
  onReader: () => void = () => {};
  private relay: Relay | null = null;

  constructor() {
    super();
    this.onAwaited = () => {
      if (this.relay === null) this.onReader();
    };
  }

  get terminal(): TerminalInput {
    return this;
  }

  override get reader(): Process | null {
    return this.relay === null ? super.reader : this.relay.to.reader;
  }

  /** True when control characters go to a program: ctrl-c is no signal here. */
  get isRaw(): boolean {
    return this.relay?.raw === true;
  }

  /** Somebody reads here only to pass it on; the function returned ends that. */
  relayTo(to: AwaitedInput, raw: boolean): () => void {
    const outer = this.relay;
    this.relay = { to, raw };
    to.onAwaited = () => this.onReader();
    if (to.isAwaited) this.onReader();
    return () => {
      to.onAwaited = null;
      this.relay = outer;
    };
  }
}
