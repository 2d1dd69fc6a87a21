import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { RawSocket } from '../../core/socket/raw-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { get16 } from '../../protocols/bytes.ts';
import { ICMP, ICMP_TYPE } from '../../protocols/icmp.ts';
import { PROTO, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { notModelled } from '../not-modelled.ts';
import { echoRequest, readIcmp, type ReceivedIcmp } from '../ping/echo-packet.ts';
import { resolveAddress, resolveIpv4 } from '../resolver/resolve.ts';

/** IPv4 and UDP (or ICMP) header, and what a probe carries: its number, its TTL and zeros. */
const HEADER_BYTES = 28;
const DEFAULT_PACKET_BYTES = 46;
const BASE_PORT = 33434;

/** What follows the time for a destination-unreachable code; port unreachable (3) is the end of the path. */
const MARKS: ReadonlyMap<number, string> = new Map([
  [0, ' !N'],
  [1, ' !H'],
  [2, ' !P'],
  [3, ''],
  [5, ' !S'],
  [6, ' !U'],
  [7, ' !U'],
  [8, ' !I'],
  [9, ' !A'],
  [10, ' !C'],
  [11, ' !T'],
  [12, ' !T'],
  [13, ' !A'],
  [14, ' !V'],
  [15, ' !C'],
]);

interface Settings {
  numeric: boolean;
  icmp: boolean;
  showTtl: boolean;
  firstTtl: number;
  maxTtl: number;
  port: number;
  probes: number;
  waitNs: number;
  pauseNs: number;
  packetBytes: number;
}

/** Where a probe ended. */
interface Answer {
  reply: ReceivedIcmp<number>;
  elapsedNs: number;
}

/**
 * traceroute as busybox 1.35 has it, in every image: UDP probes to ports counted up from 33434, or echo requests with
 * -I. Not modelled: -g, -r, -x, IPv6, the parallel probes of Debian's traceroute.
 */
export function* traceroute(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'FIlnrdvxt:i:m:p:q:s:w:z:f:g:46' });
  if (args === null) return 1;
  const refused = ['F', 'r', 'd', 'v', 'x', 't', 'g', '6'].find((option) => args.has(option));
  if (refused !== undefined) return notModelled(proc, `traceroute -${refused}`);
  const [host, bytes] = args.operands;
  if (host === undefined) {
    proc.printError('Usage: traceroute [-4Iln] [-f 1ST_TTL] [-m MAXTTL] [-q PROBES] [-p PORT]\n');
    return 1;
  }
  const settings = readSettings(args, bytes);
  const target = yield* resolveIpv4(proc, host);
  if (target === null) {
    proc.printError(`${toolName(proc)}: bad address '${host}'\n`);
    return 1;
  }
  const path = new Path(proc, target, settings);
  if (!path.bind(args)) return 1;
  proc.print(
    `traceroute to ${host} (${formatIpv4(target)}), ${settings.maxTtl} hops max, ${settings.packetBytes} byte packets\n`,
  );
  return yield* path.run();
}

function readSettings(args: ParsedArguments, bytes: string | undefined): Settings {
  const number = (option: string, fallback: number) => Number(args.value(option) ?? fallback);
  return {
    numeric: args.has('n'),
    icmp: args.has('I'),
    showTtl: args.has('l'),
    firstTtl: number('f', 1),
    maxTtl: number('m', 30),
    port: number('p', BASE_PORT),
    probes: number('q', 3),
    waitNs: number('w', 5) * 1e9,
    pauseNs: number('z', 0) * 1e6,
    packetBytes: Math.max(HEADER_BYTES + 2, Number(bytes ?? DEFAULT_PACKET_BYTES)),
  };
}

class Path {
  private readonly proc: Process;
  private readonly target: number;
  private readonly settings: Settings;
  private readonly icmp: RawSocket;
  private readonly udp: UdpSocket;
  private readonly ident: number;
  private sequence = 0;

  constructor(proc: Process, target: number, settings: Settings) {
    this.proc = proc;
    this.target = target;
    this.settings = settings;
    this.icmp = new RawSocket(proc.netns, PROTO.ICMP, proc);
    this.udp = new UdpSocket(proc.netns, proc);
    this.ident = (proc.pid & 0xffff) | 0x8000;
  }

  /** -s and -i: the address that probes leave with, and the device. */
  bind(args: ParsedArguments): boolean {
    const [source, device] = [args.value('s'), args.value('i')];
    if (device !== undefined) {
      const dev = this.proc.netns.device(device);
      if (dev === undefined) {
        this.proc.printError(`traceroute: can't find interface ${device}\n`);
        return false;
      }
      this.udp.boundDev = dev;
      this.icmp.boundDev = dev;
    }
    const address = source !== undefined && isIpv4Text(source) ? parseIpv4(source) : 0;
    const error = source !== undefined && address === 0 ? 22 : this.udp.bind(address, 0);
    this.icmp.localAddress = address;
    if (error !== 0) this.proc.printError(`traceroute: bind: ${errnoMessage(error)}\n`);
    return error === 0;
  }

  *run(): Run<number> {
    for (let ttl = this.settings.firstTtl; ttl <= this.settings.maxTtl; ttl++) {
      const ended = yield* this.hop(ttl);
      if (ended === null) return 1;
      if (ended) break;
    }
    return 0;
  }

  /** One line; true at the end of the path, null when nothing could be sent. */
  private *hop(ttl: number): Run<boolean | null> {
    const { proc, settings } = this;
    let last = 0;
    let arrived = false;
    let unreachable = 0;
    proc.print(`${String(ttl).padStart(2)} `);
    for (let probe = 0; probe < settings.probes; probe++) {
      if (probe > 0 && settings.pauseNs > 0) yield* proc.sleep(settings.pauseNs);
      const error = this.send(ttl);
      if (error !== 0) {
        proc.print('\n');
        proc.printError(`traceroute: sendto: ${errnoMessage(error)}\n`);
        return null;
      }
      const answer = yield* this.await();
      if (answer === null) {
        proc.print('  *');
        continue;
      }
      const { reply, elapsedNs } = answer;
      if (reply.source !== last) proc.print(yield* this.nameOf(reply.source));
      last = reply.source;
      proc.print(`  ${(elapsedNs / 1e6).toFixed(3)} ms`);
      if (settings.showTtl) proc.print(` (${reply.ttl})`);
      if (reply.type === ICMP_TYPE.TIME_EXCEEDED) continue;
      if (reply.type === ICMP_TYPE.DEST_UNREACH) proc.print(markOf(reply));
      if (reply.type === ICMP_TYPE.DEST_UNREACH && reply.code !== 3 && reply.code !== 2) unreachable++;
      else arrived = true;
    }
    proc.print('\n');
    return arrived || (unreachable > 0 && unreachable >= settings.probes - 1);
  }

  private send(ttl: number): number {
    const { settings, target } = this;
    const data = new Uint8Array(settings.packetBytes - HEADER_BYTES);
    data[0] = ++this.sequence & 0xff;
    data[1] = ttl;
    if (settings.icmp) {
      this.icmp.ttl = ttl;
      return this.icmp.sendTo(echoRequest(this.ident, this.sequence & 0xffff, data), target);
    }
    this.udp.ttl = ttl;
    return this.udp.sendTo(data, target, settings.port + this.sequence);
  }

  /** Waits for the answer to the last probe; null when none came in time. */
  private *await(): Run<Answer | null> {
    const { proc, icmp, settings } = this;
    const startNs = proc.nowNs;
    for (;;) {
      for (let packet = icmp.receive(); packet !== null; packet = icmp.receive()) {
        const reply = readIcmp(packet.data, packet.source, packet.receivedNs);
        if (reply !== null && this.answersProbe(reply)) return { reply, elapsedNs: proc.nowNs - startNs };
      }
      const leftNs = startNs + settings.waitNs - proc.nowNs;
      if (leftNs <= 0) return null;
      yield* proc.wait(icmp.readable, leftNs);
    }
  }

  private answersProbe(reply: ReceivedIcmp): boolean {
    const { icmp } = this.settings;
    if (icmp && reply.type === ICMP_TYPE.ECHOREPLY) {
      return reply.id === this.ident && reply.sequence === (this.sequence & 0xffff);
    }
    if (reply.type !== ICMP_TYPE.TIME_EXCEEDED && reply.type !== ICMP_TYPE.DEST_UNREACH) return false;
    const quote = reply.message.subarray(ICMP.DATA);
    const at = ipv4HeaderLength(quote, 0);
    if (quote.length < at + 8) return false;
    if (icmp) {
      const isOurs = get16(quote, at + ICMP.ID) === this.ident;
      return (
        quote[9] === PROTO.ICMP && isOurs && get16(quote, at + ICMP.SEQUENCE) === (this.sequence & 0xffff)
      );
    }
    const port = this.settings.port + this.sequence;
    return quote[9] === PROTO.UDP && get16(quote, at) === this.udp.localPort && get16(quote, at + 2) === port;
  }

  private *nameOf(address: number): Run<string> {
    const text = formatIpv4(address);
    if (this.settings.numeric) return ` ${text}`;
    const name = yield* resolveAddress(this.proc, address);
    return ` ${name ?? text} (${text})`;
  }
}

function markOf(reply: ReceivedIcmp): string {
  if (reply.code === 4) return ` !F-${get16(reply.message, ICMP.SEQUENCE)}`;
  return MARKS.get(reply.code) ?? ` !<${reply.code}>`;
}
