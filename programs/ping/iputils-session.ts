import { SIGINT, type Process } from '../../core/host/process.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { EMSGSIZE, errnoMessage } from '../../core/socket/errno.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { ICMP, ICMP_TYPE } from '../../protocols/icmp.ts';
import { IPV4, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import { sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { Run } from '../line-input.ts';
import { resolveAddress } from '../resolver/resolve.ts';
import { SIMULATION_START_S } from '../text/calendar.ts';
import type { ReceivedIcmp } from './echo-packet.ts';
import type { EchoError, EchoSocket } from './echo-socket.ts';
import { icmpText } from './icmp-text.ts';
import type { PingSettings } from './iputils-settings.ts';
import { PingStatistics, roundTripText } from './iputils-statistics.ts';

/** The shortest wait between two requests, in milliseconds. */
const MIN_INTERVAL_MS = 10;
/** Bytes of the struct timeval that starts the data. */
const TIMEVAL_BYTES = 16;

/** The loop of iputils' ping: requests out, replies and errors in (main_loop and pinger of ping_common.c). */
export class PingSession {
  private readonly proc: Process;
  private readonly socket: EchoSocket;
  private readonly hostname: string;
  private readonly settings: PingSettings;
  private readonly statistics = new PingStatistics();
  private readonly id: number;
  private readonly timing: boolean;
  private readonly interrupt: { queue: WaitQueue; raised: boolean };
  private readonly startNs: number;
  /** Time of the last pass of the rate limiter, −1 before the first. */
  private currentNs = -1;
  /** Milliseconds of credit for sending. */
  private tokens = 0;
  private exitNs = Infinity;
  private confirm = false;
  private lastPeer: { address: IpAddress; text: string } | null = null;

  constructor(proc: Process, socket: EchoSocket, hostname: string, settings: PingSettings) {
    this.proc = proc;
    this.socket = socket;
    this.hostname = hostname;
    this.settings = settings;
    this.id = settings.identifier ?? proc.pid & 0xffff;
    this.timing = settings.sizeBytes >= TIMEVAL_BYTES;
    this.interrupt = proc.catchSignal(SIGINT);
    this.startNs = proc.nowNs;
    if (settings.deadlineS > 0) this.exitNs = this.startNs + settings.deadlineS * 1e9;
  }

  *run(): Run<number> {
    const { proc, settings, statistics } = this;
    while (!this.isExiting()) {
      if (settings.count > 0 && statistics.received + statistics.errors >= settings.count) break;
      if (settings.deadlineS > 0 && statistics.errors > 0) break;
      let nextMs: number;
      do {
        nextMs = this.scheduleExit(yield* this.sendWhenDue());
      } while (nextMs <= 0);
      // The socket's receive time-out (SO_RCVTIMEO) is the interval: no wait is longer.
      const longestMs = Math.max(settings.intervalMs, MIN_INTERVAL_MS);
      const waitNs = Math.min(Math.min(nextMs, longestMs) * 1e6, this.exitNs - proc.nowNs);
      if (!this.hasNews() && waitNs > 0) {
        yield* proc.waitAny([this.socket.readable, this.interrupt.queue], waitNs);
      }
      yield* this.receiveAll();
    }
    return this.finish();
  }

  private isExiting(): boolean {
    return this.interrupt.raised || this.proc.nowNs >= this.exitNs;
  }

  private hasNews(): boolean {
    return this.socket.hasErrors || this.socket.hasData;
  }

  /** pinger: sends a request when it is time; returns the milliseconds until the next is due. */
  private *sendWhenDue(): Run<number> {
    const { settings, statistics } = this;
    if (this.isExiting() || (this.sentAll && settings.deadlineS === 0)) return 1000;
    const waitMs = this.takeToken();
    if (waitMs > 0) return waitMs;
    if (settings.outstanding && statistics.transmitted > 0) this.reportOutstanding();
    const error = this.sendProbe();
    if (error === 0) {
      statistics.advanceTransmitted();
      if (!settings.quiet && settings.flood) this.proc.print('.');
      return settings.intervalMs - this.tokens;
    }
    const outcome = yield* this.receiveError();
    if (outcome > 0) {
      this.tokens += settings.intervalMs;
      return MIN_INTERVAL_MS;
    }
    statistics.advanceTransmitted();
    if (outcome === 0 && !settings.quiet) {
      if (settings.flood) this.proc.print('E');
      else this.proc.printError(`${this.proc.argv[0]}: sendmsg: ${errnoMessage(error)}\n`);
    }
    this.tokens = 0;
    return Math.max(settings.intervalMs, MIN_INTERVAL_MS);
  }

  private get sentAll(): boolean {
    return this.settings.count > 0 && this.statistics.transmitted >= this.settings.count;
  }

  /** The rate limiter: milliseconds to wait, 0 when a request may go now. */
  private takeToken(): number {
    const { intervalMs, preload } = this.settings;
    const nowNs = this.proc.nowNs;
    if (this.currentNs < 0) {
      this.currentNs = nowNs;
      this.tokens = intervalMs * (preload - 1);
      return 0;
    }
    let credit = Math.floor((nowNs - this.currentNs) / 1e6);
    if (intervalMs === 0 && credit < MIN_INTERVAL_MS && this.statistics.inFlight >= preload) {
      return MIN_INTERVAL_MS - credit;
    }
    credit = Math.min(credit + this.tokens, intervalMs * preload);
    if (credit < intervalMs) return intervalMs - credit;
    this.currentNs = nowNs;
    this.tokens = credit - intervalMs;
    return 0;
  }

  /** After the last request: how long stragglers are waited for (__schedule_exit). */
  private scheduleExit(nextMs: number): number {
    const { settings, statistics, proc } = this;
    if (!this.sentAll || settings.deadlineS > 0 || this.exitNs !== Infinity) return nextMs;
    const waitUs =
      statistics.received > 0
        ? Math.max(2 * statistics.maxUs, 1000 * settings.intervalMs)
        : settings.lingerMs * 1000;
    this.exitNs = proc.nowNs + waitUs * 1000;
    return Math.max(nextMs, Math.floor(waitUs / 1000), 1);
  }

  private sendProbe(): number {
    const { settings } = this;
    const data = new Uint8Array(settings.sizeBytes);
    const pattern = settings.pattern;
    for (let i = 0; i < data.length; i++) data[i] = pattern === null ? i : pattern[i % pattern.length]!;
    if (this.timing) writeTimeval(data, this.proc.nowNs);
    const sequence = (this.statistics.transmitted + 1) & 0xffff;
    const error = this.socket.send(this.id, sequence, data, this.confirm);
    this.confirm = false;
    return error;
  }

  private reportOutstanding(): void {
    const { statistics } = this;
    if (statistics.inFlight === 0) return;
    this.printTimestamp();
    this.proc.print(`no answer yet for icmp_seq=${statistics.transmitted & 0xffff}\n`);
  }

  private *receiveAll(): Run<void> {
    for (;;) {
      if (this.socket.hasErrors) {
        yield* this.receiveError();
      } else {
        const icmp = this.socket.receive();
        if (icmp === null) return;
        yield* this.parseReply(icmp);
      }
      if (this.statistics.inFlight === 0) return;
    }
  }

  /** receive_error_msg: 1 for an error from the network, −1 for a local one, 0 when there is none of ours. */
  private *receiveError(): Run<number> {
    const { socket, statistics, settings, proc } = this;
    const error = socket.takeError();
    if (error === undefined) return 0;
    if (error.local) {
      statistics.errors++;
      if (!settings.quiet) this.printLocalError(error);
      return -1;
    }
    if (error.data.length < ICMP.DATA || error.data[ICMP.TYPE] !== socket.requestType) return 0;
    if (get16(error.data, ICMP.ID) !== this.id) return 0;
    const sequence = get16(error.data, ICMP.SEQUENCE);
    statistics.acknowledge(sequence);
    statistics.errors++;
    if (settings.quiet) return 1;
    if (settings.flood) {
      proc.print('\bE');
      return 1;
    }
    this.printTimestamp();
    const offender = yield* this.peerText(error.offender);
    const text = socket.errorText(error.type, error.code, error.info);
    proc.print(`From ${offender} icmp_seq=${sequence} ${text}\n`);
    return 1;
  }

  private printLocalError(error: EchoError): void {
    const { proc, settings } = this;
    if (settings.flood) proc.print('E');
    else if (error.errno === EMSGSIZE)
      proc.printError(
        `${proc.argv[0]}: local error: message too long, mtu${this.isIpv6 ? ': ' : '='}${error.info}\n`,
      );
    else proc.printError(`${proc.argv[0]}: local error: ${errnoMessage(error.errno)}\n`);
  }

  private get isIpv6(): boolean {
    return typeof this.socket.target !== 'number';
  }

  /** ping4_parse_reply, ping6_parse_reply. */
  private *parseReply(icmp: ReceivedIcmp): Run<void> {
    if (icmp.type !== this.socket.replyType) {
      if (this.isIpv6) return;
      yield* this.parseNotice(icmp);
      return;
    }
    if (icmp.id !== this.id) return;
    yield* this.gatherStatistics(icmp);
  }

  /** A redirect or source quench about one of our requests. */
  private *parseNotice(icmp: ReceivedIcmp): Run<void> {
    const quoted = icmp.message.subarray(ICMP.DATA);
    if (quoted.length < IPV4.DESTINATION + 4) return;
    const inner = quoted.subarray(ipv4HeaderLength(quoted, 0));
    if (inner.length < ICMP.DATA || inner[ICMP.TYPE] !== ICMP_TYPE.ECHO) return;
    if (!this.socket.isTarget(get32(quoted, IPV4.DESTINATION)) || get16(inner, ICMP.ID) !== this.id) return;
    if (this.settings.quiet || this.settings.flood) return;
    this.printTimestamp();
    const peer = yield* this.peerText(icmp.source);
    const gateway = get32(icmp.message, ICMP.GATEWAY);
    const nexthop = icmp.type === ICMP_TYPE.REDIRECT ? `(New nexthop: ${yield* this.peerText(gateway)})` : '';
    const sequence = get16(inner, ICMP.SEQUENCE);
    this.proc.print(
      `From ${peer}: icmp_seq=${sequence} ${icmpText(icmp.type, icmp.code, gateway)}${nexthop}\n`,
    );
  }

  private *gatherStatistics(icmp: ReceivedIcmp): Run<void> {
    const { proc, settings, statistics } = this;
    const roundTripUs = this.roundTrip(icmp);
    if (roundTripUs >= 0) statistics.addRoundTrip(roundTripUs);
    const repeated = statistics.addReply(icmp.sequence);
    this.confirm = true;
    if (settings.quiet) return;
    if (settings.flood) {
      proc.print('\b \b');
      return;
    }
    const peer = yield* this.peerText(icmp.source);
    this.printTimestamp();
    let line = `${icmp.message.length} bytes from ${peer}: icmp_seq=${icmp.sequence}`;
    if (settings.verbose) line += ` ident=${this.id}`;
    line += ` ttl=${icmp.ttl}`;
    if (icmp.message.length < settings.sizeBytes + ICMP.DATA) {
      proc.print(`${line} (truncated)\n`);
      return;
    }
    if (roundTripUs >= 0) line += ` time=${roundTripText(roundTripUs)} ms`;
    if (repeated) line += ' (DUP!)';
    if (!this.socket.isTarget(icmp.source)) line += ' (DIFFERENT ADDRESS!)';
    proc.print(`${line}${this.wrongData(icmp)}${settings.audible ? '\x07' : ''}\n`);
  }

  /** Microseconds since the request left, −1 when the reply does not tell. */
  private roundTrip(icmp: ReceivedIcmp): number {
    if (!this.timing || icmp.message.length < ICMP.DATA + TIMEVAL_BYTES) return -1;
    const view = new DataView(icmp.message.buffer, icmp.message.byteOffset + ICMP.DATA);
    const sentUs = Number(view.getBigInt64(0, true)) * 1e6 + Number(view.getBigInt64(8, true));
    return Math.max(0, wallClockUs(icmp.receivedNs) - sentUs);
  }

  /** The complaint about data that came back changed. */
  private wrongData(icmp: ReceivedIcmp): string {
    const pattern = this.settings.pattern;
    const from = this.timing ? TIMEVAL_BYTES : 0;
    for (let i = from; i < this.settings.sizeBytes; i++) {
      const expected = pattern === null ? i & 0xff : pattern[i % pattern.length]!;
      const found = icmp.message[ICMP.DATA + i]!;
      if (found !== expected) {
        return `\nwrong data byte #${i} should be 0x${expected.toString(16)} but was 0x${found.toString(16)}`;
      }
    }
    return '';
  }

  /** pr_addr: an address with the name it has, unless names are not wanted. */
  private *peerText(address: IpAddress): Run<string> {
    if (this.lastPeer !== null && sameIp(this.lastPeer.address, address)) return this.lastPeer.text;
    const text = this.socket.formatAddress(address);
    const name = this.settings.numeric || this.isExiting() ? null : yield* resolveAddress(this.proc, address);
    this.lastPeer = { address, text: name === null ? text : `${name} (${text})` };
    return this.lastPeer.text;
  }

  private printTimestamp(): void {
    if (!this.settings.timestamps) return;
    const us = wallClockUs(this.proc.nowNs);
    this.proc.print(`[${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}] `);
  }

  private finish(): number {
    const { settings, statistics } = this;
    const lastNs = this.currentNs < 0 ? this.startNs : this.currentNs;
    const elapsedMs = Math.floor((lastNs - this.startNs + 500_000) / 1e6);
    const gaps = settings.intervalMs === 0 || settings.flood;
    this.proc.print(statistics.summary(this.hostname, elapsedMs, this.timing, gaps));
    const failed =
      statistics.received === 0 || (settings.deadlineS > 0 && statistics.received < settings.count);
    return failed ? 1 : 0;
  }
}

/** Microseconds since 1970. */
function wallClockUs(simulatedNs: number): number {
  return SIMULATION_START_S * 1e6 + Math.floor(simulatedNs / 1000);
}

/** A struct timeval of two little-endian longs. */
function writeTimeval(data: Uint8Array, simulatedNs: number): void {
  const us = wallClockUs(simulatedNs);
  const view = new DataView(data.buffer);
  view.setBigInt64(0, BigInt(Math.floor(us / 1e6)), true);
  view.setBigInt64(8, BigInt(us % 1e6), true);
}
