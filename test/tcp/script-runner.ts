import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import type { TcpError } from '../../protocols/tcp/tcp-error.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { tcpStateName } from '../../protocols/tcp/tcp-state.ts';
import { TestHost, VirtualClock } from './harness.ts';

/**
 * Scripts against one TCP endpoint on a virtual clock.
 *
 *     === title                     begins a script
 *     source: RFC … section …       where the behaviour is written down (required)
 *     TIME > FLAGS SEQ:END [ack N] [win N] [opt…]    the endpoint must send this, at this time
 *     TIME < FLAGS SEQ:END [ack N] [win N] [opt…]    the peer sends this
 *     TIME command …                see COMMANDS
 *     TIME ? name value …           a property of the connection must have a value
 *
 * TIME is in seconds, "+" or "+x" is relative to the line before. Sequence numbers are relative to each side's
 * initial one. FLAGS are letters of FSRPAECU, or "." for A alone. Options: mss N, sackok, ts VAL ECR, ws N,
 * sack A:B[,C:D…], nots (no timestamps at all), ce (the IP header says CE). Of a sent segment only what is
 * written is compared; everything sent must be named, in order. A sent segment may be up to 1 ms early or late.
 */
export interface Script {
  title: string;
  source: string;
  file: string;
  lines: { text: string; number: number }[];
}

export function parseScripts(text: string, file: string): Script[] {
  const scripts: Script[] = [];
  let current: Script | null = null;
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/#.*$/, '').trim();
    if (line.startsWith('===')) {
      current = { title: line.slice(3).trim(), source: '', file, lines: [] };
      scripts.push(current);
    } else if (line.startsWith('source:')) current!.source = line.slice(7).trim();
    else if (line !== '') current!.lines.push({ text: line, number: index + 1 });
  });
  return scripts;
}

interface Sent {
  timeNs: number;
  segment: TcpSegmentIn;
  ecnCapable: boolean;
}

const PEER_SEQUENCE = 70000;
const OWN_SEQUENCE = 10000;
const TOLERANCE_NS = 1e6;
const FLAG_BITS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

export class ScriptRunner {
  private readonly clock = new VirtualClock();
  private readonly host: TestHost;
  private readonly sent: Sent[] = [];
  private timeNs = 0;
  private line = '';

  constructor() {
    this.host = new TestHost(this.clock, { initialSequence: OWN_SEQUENCE });
    this.host.environment.onTransmit = (segment) => this.capture(segment);
    this.host.log.onReadableDo = () => {};
  }

  run(script: Script): void {
    for (const { text, number } of script.lines) {
      this.line = `${script.file}:${number}: ${text}`;
      this.step(text);
    }
    if (this.sent.length > 0) this.fail(`unexpected segment at the end: ${this.describe(this.sent[0]!)}`);
  }

  private step(text: string): void {
    const words = text.split(/\s+/);
    this.moveTo(words.shift()!);
    const verb = words.shift()!;
    if (verb === '>') this.expect(words);
    else if (verb === '<') this.inject(words);
    else if (verb === '?') this.check(words);
    else this.command(verb, words);
  }

  private moveTo(time: string): void {
    if (time === '+') return;
    const relative = time.startsWith('+');
    const ns = Math.round(Number(relative ? time.slice(1) : time) * 1e9);
    if (Number.isNaN(ns)) this.fail(`bad time ${time}`);
    this.timeNs = relative ? this.timeNs + ns : ns;
  }

  private advance(extraNs = 0): void {
    if (this.timeNs + extraNs > this.clock.nowNs) this.clock.runUntil(this.timeNs + extraNs);
  }

  private capture(segment: TcpSegmentOut): void {
    const buf = new Uint8Array(segment.lengthBytes);
    segment.write(buf, 0, 1000, 80);
    const parsed = new TcpSegmentIn();
    if (!parsed.parse(buf, 0, buf.length)) this.fail('the endpoint wrote a segment that does not parse');
    this.sent.push({ timeNs: this.clock.nowNs, segment: parsed, ecnCapable: segment.ecnCapable });
  }

  private expect(words: string[]): void {
    this.advance();
    if (this.sent.length === 0) this.advance(TOLERANCE_NS);
    const next = this.sent.shift();
    if (next === undefined) return this.fail('nothing was sent');
    const off = Math.abs(next.timeNs - this.timeNs);
    if (off > TOLERANCE_NS) this.fail(`sent at ${next.timeNs / 1e9}: ${this.describe(next)}`);
    const want = this.parseSegment(words);
    const got = next.segment;
    const compare = (name: string, actual: unknown, expected: unknown): void => {
      if (actual !== expected)
        this.fail(`${name}: ${String(actual)} instead of ${String(expected)} in ${this.describe(next)}`);
    };
    compare('flags', got.flags, want.flags);
    compare('sequence', this.own(got.sequence), want.sequence);
    compare('length', got.payloadLength, want.length);
    if (want.ack >= 0) compare('ack', (got.acknowledgement - PEER_SEQUENCE) >>> 0, want.ack);
    if (want.window >= 0) compare('window', got.window, want.window);
    if (want.mss >= 0) compare('mss', got.mssBytes, want.mss);
    if (want.ws >= 0) compare('window scale', got.windowScale, want.ws);
    if (want.sackOk) compare('sackOK', got.sackPermitted, true);
    if (want.noTimestamps) compare('timestamps', got.hasTimestamps, false);
    if (want.ts !== null) compare('timestamps', `${got.tsVal} ${got.tsEcr}`, `${want.ts[0]} ${want.ts[1]}`);
    if (want.sack !== null) compare('sack', this.sackText(got), want.sack);
    if (want.ect) compare('ECT', next.ecnCapable, true);
  }

  private own(sequence: number): number {
    return (sequence - OWN_SEQUENCE) | 0;
  }

  private sackText(segment: TcpSegmentIn): string {
    const blocks: string[] = [];
    for (let i = 0; i < segment.sackCount; i++) {
      const start = (segment.sackEdges[2 * i]! - PEER_SEQUENCE) | 0;
      blocks.push(`${start}:${(segment.sackEdges[2 * i + 1]! - PEER_SEQUENCE) | 0}`);
    }
    return blocks.join(',');
  }

  private inject(words: string[]): void {
    this.advance();
    const want = this.parseSegment(words);
    const out = new TcpSegmentOut();
    out.sequence = (PEER_SEQUENCE + want.sequence) >>> 0;
    out.acknowledgement = want.ack >= 0 ? (OWN_SEQUENCE + want.ack) >>> 0 : 0;
    out.flags = want.flags;
    out.window = want.window >= 0 ? want.window : 65535;
    if (want.mss >= 0) out.mssBytes = want.mss;
    if (want.ws >= 0) out.windowScale = want.ws;
    out.sackPermitted = want.sackOk;
    if (want.ts !== null) {
      out.hasTimestamps = true;
      out.tsVal = want.ts[0];
      out.tsEcr = want.ts[1];
    }
    for (const [i, block] of (want.sack === null ? [] : want.sack.split(',')).entries()) {
      const [start, end] = block.split(':').map(Number);
      out.sackEdges[2 * i] = OWN_SEQUENCE + start!;
      out.sackEdges[2 * i + 1] = OWN_SEQUENCE + end!;
      out.sackCount = i + 1;
    }
    const buf = new Uint8Array(out.headerBytes + want.length);
    out.write(buf, 0, 80, 1000);
    this.host.deliver(buf, 0, buf.length, want.ce);
  }

  private parseSegment(words: string[]): ParsedSegment {
    const result = new ParsedSegment();
    const flags = words.shift()!;
    for (const letter of flags === '.' ? 'A' : flags)
      result.flags |= FLAG_BITS[letter] ?? this.fail(`flag ${letter}`);
    const [start, end] = words.shift()!.split(':').map(Number);
    result.sequence = start!;
    result.length = (end ?? start!) - start!;
    while (words.length > 0) this.parseOption(result, words.shift()!, words);
    return result;
  }

  private parseOption(result: ParsedSegment, word: string, rest: string[]): void {
    const number = (): number => Number(rest.shift());
    if (word === 'ack') result.ack = number();
    else if (word === 'win') result.window = number();
    else if (word === 'mss') result.mss = number();
    else if (word === 'ws') result.ws = number();
    else if (word === 'sackok') result.sackOk = true;
    else if (word === 'ts') result.ts = [number(), number()];
    else if (word === 'nots') result.noTimestamps = true;
    else if (word === 'sack') result.sack = rest.shift()!;
    else if (word === 'nosack') result.sack = '';
    else if (word === 'ce') result.ce = true;
    else if (word === 'ect') result.ect = true;
    else this.fail(`unknown option ${word}`);
  }

  private connection(): TcpConnection {
    return this.host.connection ?? this.fail('there is no connection');
  }

  private check(words: string[]): void {
    this.advance();
    while (words.length > 0) {
      const name = words.shift()!;
      const expected = words.shift()!;
      const actual = String(this.property(name));
      if (actual !== expected) this.fail(`${name} is ${actual}, not ${expected}`);
    }
  }

  private property(name: string): unknown {
    const c = this.host.connection;
    const host = this.host;
    switch (name) {
      case 'none':
        return this.sent.length === 0 ? 'sent' : this.describe(this.sent[0]!);
      case 'timers':
        return host.environment.armedTimers;
      case 'event':
        return host.log.names.at(-1);
      case 'events':
        return host.log.names.join(',');
      case 'accepted':
        return host.listener!.accept() !== null;
      case 'requests':
        return host.listener!.requestCount;
      case 'state':
        return tcpStateName(this.connection().state);
      case 'error':
        return this.connection().error ?? 'none';
      case 'readable':
        return c!.readableBytes;
      case 'eof':
        return c!.endOfStream;
      case 'rto':
        return Math.round(c!.rtoNs / 1e6);
      default:
        break;
    }
    const counters = host.environment.counters as unknown as Record<string, number>;
    if (name in counters) return counters[name];
    const fields = c as unknown as Record<string, unknown>;
    if (name in fields) return fields[name];
    return this.fail(`unknown property ${name}`);
  }

  private command(verb: string, words: string[]): void {
    this.advance();
    const amount = Number(words[0] ?? 0);
    const scratch = new Uint8Array(Math.max(amount || 0, 1));
    switch (verb) {
      case 'set':
        (this.host.environment.settings as unknown as Record<string, unknown>)[words[0]!] = JSON.parse(
          words[1]!,
        );
        return;
      case 'mtu':
        this.host.environment.mtu = amount;
        return;
      case 'connect':
        this.host.connect();
        return;
      case 'listen':
        this.host.listen(amount);
        return;
      case 'forget':
        this.host.endpoint = null;
        return;
      case 'open':
        return this.open(words);
      case 'write':
        if (this.connection().write(scratch, 0, amount) !== amount) this.fail('write was cut short');
        return;
      case 'fill':
        this.connection().write(scratch, 0, amount);
        return;
      case 'read':
        if (this.connection().read(scratch, 0, amount) !== amount) this.fail('not that much to read');
        return;
      case 'shutdown':
        return this.connection().shutdown();
      case 'close':
        return this.connection().close();
      case 'abort':
        return this.connection().abort();
      case 'nodelay':
        return this.connection().setNoDelay(true);
      case 'keepalive':
        return this.connection().setKeepAlive(true);
      case 'linger0':
        this.connection().lingerZero = true;
        return;
      case 'usertimeout':
        this.connection().userTimeoutNs = amount * 1e9;
        return;
      case 'rcvbuf':
        this.connection().setReceiveBuffer(amount);
        return;
      case 'cwnd':
        this.connection().cwnd = amount;
        return;
      case 'ssthresh':
        this.connection().ssthresh = amount;
        return;
      case 'pmtu':
        this.host.environment.mtu = amount;
        return this.connection().onPathMtu(OWN_SEQUENCE + Number(words[1]));
      case 'icmp':
        return this.connection().onIcmpError(
          words[0] as TcpError,
          words[1] === 'hard',
          OWN_SEQUENCE + Number(words[2]),
        );
      default:
        this.fail(`unknown command ${verb}`);
    }
  }

  /** An active open with a peer 10 ms away; the words are the options of its SYN-ACK. */
  private open(words: string[]): void {
    this.host.connect();
    this.sent.length = 0;
    this.timeNs += 10e6;
    this.inject(['SA', '0', 'ack', '1', ...words]);
    if (this.sent.length !== 1) this.fail(`${this.sent.length} segments answered the SYN-ACK`);
    this.sent.length = 0;
  }

  private describe(sent: Sent): string {
    const s = sent.segment;
    const letters = Object.keys(FLAG_BITS).filter((letter) => (s.flags & FLAG_BITS[letter]!) !== 0);
    const start = this.own(s.sequence);
    const ack = (s.acknowledgement - PEER_SEQUENCE) | 0;
    const sack = s.sackCount > 0 ? ` sack ${this.sackText(s)}` : '';
    const ts = s.hasTimestamps ? ` ts ${s.tsVal} ${s.tsEcr}` : '';
    return `${sent.timeNs / 1e9} > ${letters.join('')} ${start}:${start + s.payloadLength} ack ${ack} win ${s.window}${ts}${sack}`;
  }

  private fail(message: string): never {
    const rest = this.sent.slice(0, 12).map((sent) => `\n    then ${this.describe(sent)}`);
    throw new Error(`${this.line}\n  ${message}${rest.join('')}`);
  }
}

class ParsedSegment {
  flags = 0;
  sequence = 0;
  length = 0;
  ack = -1;
  window = -1;
  mss = -1;
  ws = -1;
  sackOk = false;
  ts: [number, number] | null = null;
  noTimestamps = false;
  sack: string | null = null;
  ce = false;
  ect = false;
}
