import type { Process } from '../../core/host/process.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import type { StreamResult } from './control.ts';
import type { DataStream } from './stream.ts';
import { bytesText, rateText } from './units.ts';

const RULE = '- - - - - - - - - - - - - - - - - - - - - - - - -\n';

/** What a stream did in an interval. */
export interface IntervalSample {
  id: number;
  startS: number;
  endS: number;
  bytes: number;
  packets: number;
  retransmits: number;
  windowBytes: number;
  lost: number;
  jitterS: number;
  sending: boolean;
}

/** Writes the text of a test as it runs, and keeps its intervals for -J. */
export class Reporter {
  readonly intervals: IntervalSample[][] = [];
  private readonly proc: Process;
  private readonly streams: readonly DataStream[];
  private readonly udp: boolean;
  private readonly format: string | null;
  private readonly quiet: boolean;
  private readonly startNs: number;
  private lastNs: number;
  private readonly before: { bytes: number; packets: number; retransmits: number; lost: number }[];

  constructor(
    proc: Process,
    streams: readonly DataStream[],
    options: { udp: boolean; format: string | null; json: boolean },
  ) {
    this.proc = proc;
    this.streams = streams;
    this.udp = options.udp;
    this.format = options.format;
    this.quiet = options.json;
    this.startNs = proc.nowNs;
    this.lastNs = proc.nowNs;
    this.before = streams.map(() => ({ bytes: 0, packets: 0, retransmits: 0, lost: 0 }));
  }

  connected(): void {
    for (const { id, local, remote } of this.streams) {
      this.print(
        `[${pad(id)}] local ${formatIp(local.address)} port ${local.port} connected to ` +
          `${formatIp(remote.address)} port ${remote.port}\n`,
      );
    }
  }

  header(): void {
    const sending = this.streams[0]!.sending;
    const extra = this.udp
      ? sending
        ? '         Total Datagrams'
        : '         Jitter    Lost/Total Datagrams'
      : sending
        ? '         Retr  Cwnd'
        : '';
    this.print(`[ ID] Interval           Transfer     Bitrate${extra}\n`);
  }

  /** One line a stream for the time since the last call, and their sum. */
  interval(): void {
    const startS = (this.lastNs - this.startNs) / 1e9;
    const endS = (this.proc.nowNs - this.startNs) / 1e9;
    if (endS <= startS) return;
    this.lastNs = this.proc.nowNs;
    if (this.intervals.length > 0 && this.streams.length > 1) this.print(RULE);
    const samples = this.streams.map((stream, i) => this.sample(stream, i, startS, endS));
    this.intervals.push(samples);
    for (const sample of samples) this.print(this.intervalLine(pad(sample.id), sample));
    if (samples.length > 1) this.print(this.intervalLine('SUM', { ...sum(samples), windowBytes: 0 }));
  }

  private sample(stream: DataStream, i: number, startS: number, endS: number): IntervalSample {
    const before = this.before[i]!;
    const { bytes, packets, retransmits, lost } = stream;
    this.before[i] = { bytes, packets, retransmits, lost };
    return {
      id: stream.id,
      startS,
      endS,
      bytes: bytes - before.bytes,
      packets: packets - before.packets,
      retransmits: retransmits - before.retransmits,
      windowBytes: stream.windowBytes,
      lost: lost - before.lost,
      jitterS: stream.jitterS,
      sending: stream.sending,
    };
  }

  private intervalLine(label: string, sample: IntervalSample): string {
    const line = this.span(label, sample.startS, sample.endS, sample.bytes);
    if (this.udp) {
      return sample.sending ? `${line}  ${sample.packets}  \n` : `${line}  ${this.losses(sample)}  \n`;
    }
    if (!sample.sending) return `${line}                  \n`;
    const retransmits = String(sample.retransmits).padStart(3);
    const window = sample.windowBytes > 0 ? `   ${bytesText(sample.windowBytes)}       ` : '             ';
    return `${line}  ${retransmits}${window}\n`;
  }

  private losses({ jitterS, lost, packets }: { jitterS: number; lost: number; packets: number }): string {
    return `${(jitterS * 1000).toFixed(3)} ms  ${lost}/${packets} (${percent(lost, packets)}%)`;
  }

  private span(label: string, startS: number, endS: number, bytes: number): string {
    const elapsedS = endS - startS;
    const rate = elapsedS > 0 ? bytes / elapsedS : 0;
    return (
      `[${label}] ${startS.toFixed(2).padStart(6)}-${endS.toFixed(2).padEnd(6)} sec  ` +
      `${bytesText(bytes)}  ${rateText(rate, this.format)}`
    );
  }

  /** The last lines: what the sender and what the receiver of each stream counted. */
  summary(sent: readonly StreamResult[] | null, received: readonly StreamResult[] | null): void {
    this.print(RULE);
    const extra = this.udp ? '         Jitter    Lost/Total Datagrams' : sent === null ? '' : '         Retr';
    this.print(`[ ID] Interval           Transfer     Bitrate${extra}\n`);
    for (let i = 0; i < this.streams.length; i++) {
      const [sender, receiver] = [sent?.[i], received?.[i]];
      if (sender !== undefined) this.print(this.summaryLine(pad(sender.id), sender, true));
      if (receiver !== undefined) this.print(this.summaryLine(pad(receiver.id), receiver, false));
    }
    if (this.streams.length < 2) return;
    if (sent !== null) this.print(this.summaryLine('SUM', total(sent), true));
    if (received !== null) this.print(this.summaryLine('SUM', total(received), false));
  }

  private summaryLine(label: string, result: StreamResult, sender: boolean): string {
    const line = this.span(label, result.start_time, result.end_time, result.bytes);
    const role = sender ? 'sender' : 'receiver';
    if (this.udp) {
      const { jitter: jitterS, errors: lost, packets } = result;
      return `${line}  ${this.losses({ jitterS, lost, packets })}  ${role}\n`;
    }
    return sender
      ? `${line}  ${String(result.retransmits).padStart(3)}             ${role}\n`
      : `${line}                  ${role}\n`;
  }

  private print(text: string): void {
    if (!this.quiet) this.proc.print(text);
  }
}

function pad(id: number): string {
  return String(id).padStart(3);
}

/** %.2g of a percentage. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : String(Number(((part * 100) / whole).toPrecision(2)));
}

function sum(samples: readonly IntervalSample[]): IntervalSample {
  const add = (field: 'bytes' | 'packets' | 'retransmits' | 'lost') =>
    samples.reduce((all, sample) => all + sample[field], 0);
  const jitterS = samples.reduce((all, sample) => all + sample.jitterS, 0) / samples.length;
  return {
    ...samples[0]!,
    bytes: add('bytes'),
    packets: add('packets'),
    retransmits: add('retransmits'),
    lost: add('lost'),
    jitterS,
  };
}

export function total(results: readonly StreamResult[]): StreamResult {
  const add = (field: 'bytes' | 'packets' | 'retransmits' | 'errors') =>
    results.reduce((all, result) => all + result[field], 0);
  return {
    ...results[0]!,
    bytes: add('bytes'),
    packets: add('packets'),
    retransmits: add('retransmits'),
    errors: add('errors'),
    jitter: results.reduce((all, result) => all + result.jitter, 0) / results.length,
  };
}
