import type { Process } from '../../core/host/process.ts';
import { Pipe } from '../../core/host/streams.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';

/** A wait queue that tells when somebody begins to wait. */
class AwaitedQueue extends WaitQueue {
  /** Woken when a process waits for input. */
  readonly awaited = new WaitQueue();

  override add(process: Process): void {
    super.add(process);
    this.awaited.wake();
  }
}

/** Standard input of a process in a container: a pipe or a terminal that a docker client feeds. */
export class ContainerInput extends Pipe {
  override readonly readable = new AwaitedQueue();
  readonly isTerminal: boolean;

  constructor(isTerminal: boolean) {
    super();
    this.isTerminal = isTerminal;
  }

  /** Woken when the process waits for somebody to type. */
  get awaited(): WaitQueue {
    return this.readable.awaited;
  }

  get isAwaited(): boolean {
    return !this.readable.isEmpty;
  }
}
