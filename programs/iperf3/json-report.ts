import type { Process } from '../../core/host/process.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import type { TcpStream } from '../sockets-io/tcp-stream.ts';
import { decode } from '../sockets-io/tcp-stream.ts';
import { SIMULATION_START_S, formatDate } from '../text/calendar.ts';
import type { StreamResult } from './control.ts';
import { total, type IntervalSample, type Reporter } from './report.ts';
import type { TestParameters } from './settings.ts';
import type { DataStream } from './stream.ts';

/** Who is at the other end, as the client names it (`connecting_to`) or the server (`accepted_connection`). */
export type JsonPeer =
  | { readonly connecting: { readonly host: string | null; readonly port: number } }
  | { readonly accepted: { readonly host: string; readonly port: number } };

/** What -J prints of a test that failed. */
export function jsonError(message: string): string {
  return `${JSON.stringify({ error: `error - ${message}` }, null, '\t')}\n`;
}

/**
 * The -J output of either end, with the fields of iperf3 3.12 that are measured here. Not modelled: CPU use (0), and
 * the RTT fields of tcp_info.
 */
export function jsonReport(
  proc: Process,
  test: TestParameters,
  peer: JsonPeer,
  control: TcpStream,
  streams: readonly DataStream[],
  reporter: Reporter,
  sent: readonly StreamResult[],
  received: readonly StreamResult[],
  cookie: Uint8Array,
): string {
  const report = {
    start: {
      connected: streams.map(({ id, local, remote }) => ({
        socket: id,
        local_host: formatIp(local.address),
        local_port: local.port,
        remote_host: formatIp(remote.address),
        remote_port: remote.port,
      })),
      version: 'iperf 3.12',
      system_info: `Linux ${proc.context.uts.hostname}`,
      timestamp: {
        time: formatDate('%a, %d %b %Y %H:%M:%S GMT', proc.nowNs),
        timesecs: SIMULATION_START_S + Math.floor(proc.nowNs / 1e9),
      },
      ...('connecting' in peer ? { connecting_to: peer.connecting } : { accepted_connection: peer.accepted }),
      cookie: decode(cookie.subarray(0, cookie.length - 1)),
      ...(test.udp ? {} : { tcp_mss_default: control.socket.connection?.mssCache ?? 0 }),
      target_bitrate: test.rateBps,
      test_start: {
        protocol: test.udp ? 'UDP' : 'TCP',
        num_streams: test.streams,
        blksize: test.blockBytes,
        omit: 0,
        duration: test.bytes > 0 ? 0 : test.seconds,
        bytes: test.bytes,
        blocks: 0,
        reverse: test.reverse ? 1 : 0,
        tos: 0,
        target_bitrate: test.rateBps,
        bidir: 0,
      },
    },
    intervals: reporter.intervals.map((samples) => ({
      streams: samples.map((sample) => intervalStream(sample, test.udp)),
      sum: intervalSum(samples, test.udp),
    })),
    end: {
      streams: sent.map((sender, i) =>
        test.udp
          ? { udp: summary(received[i]!, true, !test.reverse) }
          : { sender: summary(sender, false, true), receiver: summary(received[i]!, false, false) },
      ),
      ...(test.udp
        ? { sum: summarySum(total(received), true, !test.reverse) }
        : {
            sum_sent: summarySum(total(sent), false, true),
            sum_received: summarySum(total(received), false, false),
          }),
      cpu_utilization_percent: {
        host_total: 0,
        host_user: 0,
        host_system: 0,
        remote_total: 0,
        remote_user: 0,
        remote_system: 0,
      },
    },
  };
  return `${JSON.stringify(report, null, '\t')}\n`;
}

function intervalStream(sample: IntervalSample, udp: boolean): Record<string, unknown> {
  return {
    socket: sample.id,
    ...span(sample.startS, sample.endS, sample.bytes),
    ...(sample.sending && !udp ? { retransmits: sample.retransmits, snd_cwnd: sample.windowBytes } : {}),
    ...(udp ? { packets: sample.packets } : {}),
    omitted: false,
    sender: sample.sending,
  };
}

function intervalSum(samples: readonly IntervalSample[], udp: boolean): Record<string, unknown> {
  const add = (field: 'bytes' | 'packets' | 'retransmits') =>
    samples.reduce((all, sample) => all + sample[field], 0);
  const { startS, endS, sending } = samples[0]!;
  return {
    ...span(startS, endS, add('bytes')),
    ...(sending && !udp ? { retransmits: add('retransmits') } : {}),
    ...(udp ? { packets: add('packets') } : {}),
    omitted: false,
    sender: sending,
  };
}

function span(startS: number, endS: number, bytes: number): Record<string, number> {
  const seconds = endS - startS;
  return {
    start: startS,
    end: endS,
    seconds,
    bytes,
    bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0,
  };
}

function summary(result: StreamResult, udp: boolean, sender: boolean): Record<string, unknown> {
  return { socket: result.id, ...summarySum(result, udp, sender) };
}

function summarySum(result: StreamResult, udp: boolean, sender: boolean): Record<string, unknown> {
  const lost = result.packets === 0 ? 0 : (result.errors * 100) / result.packets;
  return {
    ...span(result.start_time, result.end_time, result.bytes),
    ...(udp
      ? {
          jitter_ms: result.jitter * 1000,
          lost_packets: result.errors,
          packets: result.packets,
          lost_percent: lost,
        }
      : sender
        ? { retransmits: result.retransmits }
        : {}),
    sender,
  };
}
