import { SIGINT, type Process } from '../../../core/host/process.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { signalContainer } from '../../../drivers/container/lifecycle.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import type { Run } from '../../line-input.ts';
import { attachClient } from './attach-client.ts';

export interface AttachOptions {
  readonly stdin: boolean;
  readonly proxySignals: boolean;
}

/** Prints what a container prints from now on; the function returned ends that. */
export function followOutput(proc: Process, container: Container): () => void {
  const stop = container.log.listen(({ stream, text }) =>
    stream === 'stdout' ? proc.print(text) : proc.printError(text),
  );
  proc.own({ releasedBy: stop });
  return stop;
}

/** Waits, attached, until a running container ends: its exit code; 0 when the client detaches. */
export function* attachContainer(
  proc: Process,
  engine: Engine,
  container: Container,
  options: AttachOptions,
): Run<number> {
  const started = container.process;
  const result = yield* attachClient(proc, {
    input: options.stdin ? container.stdin : null,
    ended: container.ended,
    hasEnded: () => container.process !== started || started === null,
    signal: options.proxySignals ? (signal) => signalContainer(engine, container, signal) : null,
    interrupt: () => signalContainer(engine, container, SIGINT),
  });
  return result === 'detached' ? 0 : container.state.exitCode;
}
