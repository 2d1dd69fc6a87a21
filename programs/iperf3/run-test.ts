import type { Process } from '../../core/host/process.ts';
import type { Run } from '../line-input.ts';
import type { Tasks } from '../sockets-io/tasks.ts';
import type { Results, StreamResult } from './control.ts';
import type { Reporter } from './report.ts';
import type { DataStream, TestClock } from './stream.ts';

/** Starts the data of a test: every stream sends or receives in a task of its own, and reports come at intervals. */
export function startStreams(
  proc: Process,
  tasks: Tasks,
  streams: readonly DataStream[],
  reporter: Reporter,
  intervalNs: number,
): TestClock {
  const clock: TestClock = { startNs: proc.nowNs, ended: false };
  for (const stream of streams) tasks.start(stream.sending ? stream.send(clock) : stream.receive());
  if (intervalNs > 0) tasks.start(reportIntervals(proc, reporter, clock, intervalNs));
  return clock;
}

function* reportIntervals(
  proc: Process,
  reporter: Reporter,
  clock: TestClock,
  intervalNs: number,
): Run<void> {
  while (!clock.ended) {
    yield* proc.sleep(intervalNs);
    if (!clock.ended) reporter.interval();
  }
}

/** What this end measured, for the other. */
export function measure(proc: Process, streams: readonly DataStream[], clock: TestClock): Results {
  const endS = (proc.nowNs - clock.startNs) / 1e9;
  return {
    cpu_util_total: 0,
    cpu_util_user: 0,
    cpu_util_system: 0,
    sender_has_retransmits: streams.some(({ sending, test }) => sending && !test.udp) ? 1 : 0,
    streams: streams.map((stream, i): StreamResult => ({
      // Streams are numbered 1, 3, 4 … between the ends.
      id: i === 0 ? 1 : i + 2,
      bytes: stream.bytes,
      retransmits: stream.sending && !stream.test.udp ? stream.retransmits : -1,
      jitter: stream.jitterS,
      errors: stream.lost,
      packets: stream.packets,
      start_time: 0,
      end_time: endS,
    })),
  };
}

/** The other end's figures under the numbers that this end shows. */
export function renumber(results: readonly StreamResult[], streams: readonly DataStream[]): StreamResult[] {
  return results.map((result, i) => ({ ...result, id: streams[i]?.id ?? result.id }));
}
