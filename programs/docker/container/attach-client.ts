/** The client's side of an attached container or exec: input, output, signals (docker/cli container/hijack.go). */
import type { Process } from '../../../core/host/process.ts';
import { SIGINT, SIGTERM } from '../../../core/host/process.ts';
import type { WaitQueue } from '../../../core/host/wait-queue.ts';
import type { ContainerInput } from '../../../drivers/container/container-input.ts';
import type { Run } from '../../line-input.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
/** ctrl-p ctrl-q */
const DETACH_KEYS = '\x10\x11';

export interface AttachedTarget {
  /** Where input goes; null when the client gives none. */
  readonly input: ContainerInput | null;
  readonly ended: WaitQueue;
  hasEnded(): boolean;
  /** Passes a signal on that the client got; null to let it end the client. */
  readonly signal: ((signal: number) => void) | null;
  /** What ctrl-c does that is typed on the container's terminal. */
  interrupt(): void;
}

export type AttachResult = 'ended' | 'detached';

/**
 * Feeds the target and waits until it has ended or the client detaches. A terminal that nobody sits at, as that of a
 * command in a script, is left as by ctrl-p ctrl-q once the program waits for somebody to type.
 */
export function* attachClient(proc: Process, target: AttachedTarget): Run<AttachResult> {
  const { input } = target;
  const letGo = input === null ? undefined : proc.stdin.terminal?.relayTo(input, input.isTerminal);
  try {
    return yield* passOn(proc, target);
  } finally {
    letGo?.();
  }
}

function* passOn(proc: Process, target: AttachedTarget): Run<AttachResult> {
  const { input, signal } = target;
  const caught =
    signal === null ? [] : [SIGINT, SIGTERM].map((number) => ({ number, state: proc.catchSignal(number) }));
  for (;;) {
    if (target.hasEnded()) return 'ended';
    for (const { number, state } of caught) {
      if (!state.raised) continue;
      state.raised = false;
      signal!(number);
    }
    const queues: WaitQueue[] = [target.ended, ...caught.map(({ state }) => state.queue)];
    if (input !== null) {
      if (feed(proc, target, input) === 'detached') return 'detached';
      if (!proc.stdin.ended) queues.push(proc.stdin.readable);
      else if (input.isTerminal) queues.push(input.awaited);
    }
    if (target.hasEnded()) return 'ended';
    yield* proc.waitAny(queues);
  }
}

function feed(proc: Process, target: AttachedTarget, input: ContainerInput): AttachResult | 'going on' {
  if (input.ended) return 'going on';
  const text = proc.stdin.read();
  const keys = input.isTerminal ? text.indexOf(DETACH_KEYS) : -1;
  if (keys >= 0) {
    type(target, input, text.slice(0, keys));
    proc.print('read escape sequence\n');
    return 'detached';
  }
  type(target, input, text);
  if (!proc.stdin.ended) return 'going on';
  if (!input.isTerminal) input.close();
  else if (input.isAwaited) return 'detached';
  return 'going on';
}

/** Hands typed text on; to a terminal ctrl-c is a signal and ctrl-d the end of the input. */
function type(target: AttachedTarget, input: ContainerInput, text: string): void {
  if (!input.isTerminal) {
    if (text !== '') input.write(text);
    return;
  }
  for (const part of text.split(/([\x03\x04])/)) {
    if (part === CTRL_C) target.interrupt();
    else if (part === CTRL_D) input.close();
    else if (part !== '') input.write(part);
  }
}
