import type { Process } from '../../core/host/process.ts';
import { SIGINT } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { RawSocket } from '../../core/socket/raw-socket.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { ICMP } from '../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { formatIpv6 } from '../../protocols/ipv6-address.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { resolveHost } from '../resolver/resolve.ts';
import { formatScoped, parseScopedAddress, type ScopedAddress } from '../resolver/scoped-address.ts';
import type { ReceivedIcmp } from './echo-packet.ts';
import { EchoSocket4, EchoSocket6, type EchoSocket } from './echo-socket.ts';

/** Seconds to wait for the last reply (MAXWAIT). */
const MAX_WAIT_S = 10;
/** Sequence numbers are checked for duplicates modulo this (MAX_DUP_CHK). */
const DUPLICATE_WINDOW = 8 * 128;

const USAGE = `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.

Usage: ping [OPTIONS] HOST
`;

const ICMP_NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'Destination Unreachable'],
  [4, 'Source Quench'],
  [5, 'Redirect (change route)'],
  [11, 'Time Exceeded'],
  [12, 'Parameter Problem'],
  [13, 'Timestamp Request'],
  [14, 'Timestamp Reply'],
]);

const ICMPV6_NAMES: ReadonlyMap<number, string> = new Map([
  [ICMPV6_TYPE.DEST_UNREACH, 'Destination Unreachable'],
  [ICMPV6_TYPE.PKT_TOOBIG, 'Packet too big'],
  [ICMPV6_TYPE.TIME_EXCEED, 'Time Exceeded'],
  [ICMPV6_TYPE.PARAMPROB, 'Parameter Problem'],
]);

interface Settings {
  count: number;
  sizeBytes: number;
  ttl: number;
  intervalNs: number;
  deadlineNs: number;
  timeoutS: number;
  quiet: boolean;
  adaptive: boolean;
  pattern: number;
}

/** busybox's ping and ping6 (networking/ping.c, 1.35). */
export function* busyboxPing(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'qvAc:s:t:w:W:I:np:i:46', usage: USAGE });
  if (args === null) return 1;
  const name = args.operands[0];
  if (name === undefined) {
    proc.printError(USAGE);
    return 1;
  }
  const settings = readSettings(args);
  const family = args.has('6') || toolName(proc).endsWith('6') ? 'inet6' : args.has('4') ? 'inet' : 'unspec';
  const scoped = parseScopedAddress(proc.netns, name);
  if (scoped !== null && family !== 'inet') return yield* pingIpv6(proc, args, settings, name, scoped);
  const resolved = yield* resolveHost(proc, name, family);
  if (typeof resolved === 'string') {
    proc.printError(`${toolName(proc)}: bad address '${name}'\n`);
    return 1;
  }
  const target = resolved.ipv4[0];
  // FEATURE_PREFER_IPV4_ADDRESS: IPv6 is used only when there is nothing else.
  if (target === undefined) {
    return yield* pingIpv6(proc, args, settings, name, { address: resolved.ipv6[0]!, dev: null });
  }
  const socket = new RawSocket(proc.netns, PROTO.ICMP, proc);
  socket.broadcast = true;
  if (settings.ttl !== 0) socket.ttl = settings.ttl;
  const from = args.value('I');
  if (from !== undefined && !bindTo(proc, socket, from)) return 1;
  const source = socket.localAddress === 0 ? '' : ` from ${formatIpv4(socket.localAddress)}`;
  proc.print(`PING ${name} (${formatIpv4(target)})${source}: ${settings.sizeBytes} data bytes\n`);
  return yield* new BusyboxPing(proc, new EchoSocket4(socket, target), name, settings).run();
}

/** ping6: only replies are let in, unless -v asks for all. */
function* pingIpv6(
  proc: Process,
  args: ParsedArguments,
  settings: Settings,
  name: string,
  { address, dev }: ScopedAddress,
): Run<number> {
  const socket = new Raw6Socket(proc.netns, PROTO.ICMPV6, proc);
  if (!args.has('v')) socket.passOnly(ICMPV6_TYPE.ECHO_REPLY);
  if (settings.ttl !== 0) socket.hopLimit = socket.multicastHops = settings.ttl;
  const from = args.value('I');
  if (from !== undefined && !bindTo6(proc, socket, from)) return 1;
  const source = socket.localAddress.isUnspecified() ? '' : ` from ${formatIpv6(socket.localAddress)}`;
  proc.print(`PING ${name} (${formatScoped(address, dev)})${source}: ${settings.sizeBytes} data bytes\n`);
  return yield* new BusyboxPing(proc, new EchoSocket6(socket, address, dev), name, settings).run();
}

function readSettings(args: ParsedArguments): Settings {
  const number = (option: string, fallback: number) => Number(args.value(option) ?? fallback);
  return {
    count: number('c', 0),
    sizeBytes: number('s', 56),
    ttl: number('t', 0),
    intervalNs: Math.round(number('i', 1) * 1e9),
    deadlineNs: number('w', 0) * 1e9,
    timeoutS: number('W', MAX_WAIT_S),
    quiet: args.has('q'),
    adaptive: args.has('A'),
    pattern: parseInt(args.value('p') ?? '0', 16) & 0xff,
  };
}

/** -I: a device's name, or an address of this machine. */
function bindTo(proc: Process, socket: RawSocket, text: string): boolean {
  const device = proc.netns.device(text);
  if (device !== undefined) {
    socket.boundDev = device;
    return true;
  }
  if (!isIpv4Text(text)) {
    proc.printError(`${toolName(proc)}: bad address '${text}'\n`);
    return false;
  }
  socket.localAddress = parseIpv4(text);
  if (proc.netns.ipv4.fib.isLocal(socket.localAddress)) return true;
  proc.printError(`${toolName(proc)}: bind: Cannot assign requested address\n`);
  return false;
}

function bindTo6(proc: Process, socket: Raw6Socket, text: string): boolean {
  const device = proc.netns.device(text);
  if (device !== undefined) {
    socket.boundDev = device;
    return true;
  }
  const source = parseScopedAddress(proc.netns, text);
  if (source === null) {
    proc.printError(`${toolName(proc)}: bad address '${text}'\n`);
    return false;
  }
  socket.localAddress = source.address;
  if (proc.netns.ipv6?.fib.isLocal(source.address) === true) return true;
  proc.printError(`${toolName(proc)}: bind: Cannot assign requested address\n`);
  return false;
}

class BusyboxPing {
  private readonly proc: Process;
  private readonly socket: EchoSocket;
  private readonly name: string;
  private readonly settings: Settings;
  private readonly id: number;
  private readonly interrupt: { queue: WaitQueue; raised: boolean };
  private readonly startNs: number;
  private readonly seen = new Set<number>();
  private transmitted = 0;
  private received = 0;
  private repeats = 0;
  private minUs = Infinity;
  private maxUs = 0;
  private sumUs = 0;

  constructor(proc: Process, socket: EchoSocket, name: string, settings: Settings) {
    this.proc = proc;
    this.socket = socket;
    this.name = name;
    this.settings = settings;
    this.id = proc.pid & 0xffff;
    this.interrupt = proc.catchSignal(SIGINT);
    this.startNs = proc.nowNs;
  }

  *run(): Run<number> {
    const { count } = this.settings;
    for (;;) {
      const wakeNs = this.sendNext();
      if (wakeNs === null) return this.statistics();
      if (wakeNs < 0) return 1;
      const sentAll = count !== 0 && this.transmitted >= count;
      const outcome = yield* this.listen(wakeNs);
      if (outcome === 'done' || (sentAll && outcome === 'alarm')) return this.statistics();
    }
  }

  /** Sends one request and returns when the alarm is to ring; null past the deadline, −1 when sending failed. */
  private sendNext(): number | null {
    const { settings, proc } = this;
    const nowNs = proc.nowNs;
    if (settings.deadlineNs !== 0 && nowNs - this.startNs >= settings.deadlineNs) return null;
    const data = new Uint8Array(settings.sizeBytes).fill(settings.pattern);
    if (data.length >= 4) new DataView(data.buffer).setUint32(0, microseconds(nowNs), true);
    this.seen.delete(this.transmitted % DUPLICATE_WINDOW);
    const error = this.socket.send(this.id, this.transmitted & 0xffff, data);
    if (error !== 0) {
      proc.printError(`${toolName(proc)}: sendto: ${errnoMessage(error)}\n`);
      return -1;
    }
    this.transmitted++;
    if (settings.count === 0 || this.transmitted < settings.count) return nowNs + settings.intervalNs;
    const seconds =
      this.received > 0 ? Math.max(1, Math.floor(this.maxUs / (512 * 1024))) : settings.timeoutS;
    return nowNs + seconds * 1e9;
  }

  /** Prints replies until the alarm rings, all that were asked for are in, or someone interrupts. */
  private *listen(wakeNs: number): Run<'alarm' | 'done'> {
    const { proc, socket, settings } = this;
    for (;;) {
      for (let icmp = socket.receive(); icmp !== null; icmp = socket.receive()) {
        if (!this.accept(icmp)) continue;
        if (settings.count !== 0 && this.received >= settings.count) return 'done';
        if (settings.adaptive && (settings.count === 0 || this.transmitted < settings.count)) return 'alarm';
      }
      if (this.interrupt.raised) return 'done';
      const leftNs = wakeNs - proc.nowNs;
      if (leftNs <= 0) return 'alarm';
      yield* proc.waitAny([socket.readable, this.interrupt.queue], leftNs);
    }
  }

  /** unpack4 and unpack6: true when the message was a reply to us. */
  private accept(icmp: ReceivedIcmp): boolean {
    const { proc, settings } = this;
    if (icmp.message.length < settings.sizeBytes + ICMP.DATA || icmp.id !== this.id) return false;
    if (icmp.type !== this.socket.replyType) {
      if (icmp.type === this.socket.requestType) return false;
      const names = typeof this.socket.target === 'number' ? ICMP_NAMES : ICMPV6_NAMES;
      const text = names.get(icmp.type) ?? 'unknown ICMP type';
      proc.printError(`${toolName(proc)}: warning: got ICMP ${icmp.type} (${text})\n`);
      return false;
    }
    const time = this.roundTrip(icmp);
    const slot = icmp.sequence % DUPLICATE_WINDOW;
    const duplicate = this.seen.has(slot);
    if (duplicate) this.repeats++;
    else this.received++;
    this.seen.add(slot);
    if (settings.quiet) return true;
    proc.print(
      `${icmp.message.length} bytes from ${this.socket.formatAddress(icmp.source)}: seq=${icmp.sequence} ttl=${icmp.ttl}` +
        `${time}${duplicate ? ' (DUP!)' : ''}\n`,
    );
    return true;
  }

  /** Takes the round trip into account; the text for it, '' when the reply has no room for a time. */
  private roundTrip(icmp: ReceivedIcmp): string {
    if (icmp.message.length < ICMP.DATA + 4) return '';
    const view = new DataView(icmp.message.buffer, icmp.message.byteOffset);
    const us = (microseconds(this.proc.nowNs) - view.getUint32(ICMP.DATA, true)) >>> 0;
    this.sumUs += us;
    this.minUs = Math.min(this.minUs, us);
    this.maxUs = Math.max(this.maxUs, us);
    return ` time=${milliseconds(us)} ms`;
  }

  private statistics(): number {
    const { proc, transmitted, received, repeats } = this;
    const lost = transmitted === 0 ? 0 : Math.floor(((transmitted - received) * 100) / transmitted);
    proc.print(
      `\n--- ${this.name} ping statistics ---\n${transmitted} packets transmitted, ${received} packets received, ` +
        `${repeats > 0 ? `${repeats} duplicates, ` : ''}${lost}% packet loss\n`,
    );
    if (this.minUs !== Infinity) {
      const average = Math.floor(this.sumUs / (received + repeats));
      proc.print(
        `round-trip min/avg/max = ${milliseconds(this.minUs)}/${milliseconds(average)}/${milliseconds(this.maxUs)} ms\n`,
      );
    }
    return received === 0 || (this.settings.deadlineNs !== 0 && received < this.settings.count) ? 1 : 0;
  }
}

/** monotonic_us, cut to 32 bits. */
function microseconds(ns: number): number {
  return Math.floor(ns / 1000) >>> 0;
}

function milliseconds(us: number): string {
  return `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, '0')}`;
}
