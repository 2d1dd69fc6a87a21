import { get16, get32, put16, put32 } from '../../../protocols/bytes.ts';
import { checksumReplace16 } from '../../../protocols/checksum.ts';
import { IPV4, PROTO, ipv4Source, setIpv4Checksum } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { NF_DROP, NF_INET_FORWARD, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING } from '../hook.ts';
import { XT_CONTINUE, type MatchContext, type Target } from '../tables/match.ts';
import { FLAG, parseUnsigned, VALUE, type GivenOptions, type TargetExtension } from '../text/extension.ts';
import { INVALID_ARGUMENT, KernelError, ParameterError } from '../text/iptables-error.ts';

const TCP_HEADER_BYTES = 20;
const OPTION_MSS = 2;
const SYN = 2;
const RST = 4;
/** RFC 1122: what a peer that says nothing takes. */
const DEFAULT_MSS = 536;
const DEFAULT_MSS6 = 1220;

/** `-j TCPMSS` (xt_TCPMSS.c): lowers, or adds, the MSS option of a SYN. */
export class TcpmssTarget implements Target {
  readonly name = 'TCPMSS';
  readonly hooks?: number;
  /** 0: clamp to the path MTU. */
  private readonly mss: number;

  constructor(given: GivenOptions) {
    const set = given.value('set-mss');
    if (set === undefined && !given.has('clamp-mss-to-pmtu')) {
      throw new ParameterError('TCPMSS target: At least one parameter is required');
    }
    this.mss = set === undefined ? 0 : parseUnsigned('TCPMSS', 'set-mss', set, 65535, 1);
    if (set === undefined)
      this.hooks = (1 << NF_INET_FORWARD) | (1 << NF_INET_LOCAL_OUT) | (1 << NF_INET_POST_ROUTING);
  }

  run(context: MatchContext): number {
    if (context.fragmentOffset !== 0) return XT_CONTINUE;
    if (!context.hasTransport(TCP_HEADER_BYTES)) return NF_DROP;
    const at = context.transport;
    const { buf, tail } = context.packet;
    const flags = buf[at + 13]!;
    if ((flags & SYN) === 0 || (flags & RST) !== 0) return XT_CONTINUE;
    const headerLength = (buf[at + 12]! >> 4) * 4;
    if (at + headerLength > tail || headerLength < TCP_HEADER_BYTES) return NF_DROP;
    const wanted = this.wantedMss(context);
    if (wanted < 0) return NF_DROP;
    const option = findMss(buf, at, headerLength);
    if (option < 0) return this.addOption(context, headerLength, wanted);
    const old = get16(buf, option + 2);
    if (old <= wanted) return XT_CONTINUE;
    put16(buf, option + 2, wanted);
    mendChecksum(buf, at, option + 2, old, wanted);
    return XT_CONTINUE;
  }

  save(): string {
    return this.mss === 0 ? ' --clamp-mss-to-pmtu' : ` --set-mss ${this.mss}`;
  }

  list(): string {
    return this.mss === 0 ? ' TCPMSS clamp to PMTU' : ` TCPMSS set ${this.mss}`;
  }

  /** The smaller of the MTUs there and back, less the headers; −1 when they leave no room. */
  private wantedMss(context: MatchContext): number {
    if (this.mss !== 0) return this.mss;
    const { packet, netns } = context;
    const headers = context.isIpv4 ? 40 : 60;
    let mtu = packet.route?.dev?.mtu ?? context.outDev?.mtu ?? 0xffff;
    if (context.isIpv4 && packet.route !== null) {
      const source = ipv4Source(packet.buf, packet.networkOffset);
      const destination = get32(packet.buf, packet.networkOffset + IPV4.DESTINATION);
      mtu = netns.ipv4.pathMtu.mtu(packet.route, destination);
      const back = netns.ipv4.fib.lookup(source);
      if (back !== null && back.dev !== null) mtu = Math.min(mtu, netns.ipv4.pathMtu.mtu(back, source));
    }
    return mtu <= headers ? -1 : mtu - headers;
  }

  /** The option goes first among the options; a SYN without one meant the default. */
  private addOption(context: MatchContext, headerLength: number, wanted: number): number {
    const { packet } = context;
    if (packet.tail > context.transport + headerLength || headerLength >= 60) return XT_CONTINUE;
    const mss = Math.min(wanted, context.isIpv4 ? DEFAULT_MSS : DEFAULT_MSS6);
    const before = packet.networkOffset;
    context.netns.host.pool.ensureTailroom(packet, 4);
    const { buf } = packet;
    const at = context.transport;
    buf.copyWithin(at + TCP_HEADER_BYTES + 4, at + TCP_HEADER_BYTES, at + headerLength);
    put32(buf, at + TCP_HEADER_BYTES, (OPTION_MSS << 24) | (4 << 16) | mss);
    packet.tail += 4;
    let check = get16(buf, at + 16);
    const oldOffset = get16(buf, at + 12);
    put16(buf, at + 12, oldOffset + 0x1000);
    check = checksumReplace16(check, oldOffset, oldOffset + 0x1000);
    check = checksumReplace16(check, headerLength, headerLength + 4);
    check = checksumReplace16(check, 0, (OPTION_MSS << 8) | 4);
    check = checksumReplace16(check, 0, mss);
    put16(buf, at + 16, check);
    if (context.isIpv4) {
      put16(buf, before + IPV4.TOTAL_LENGTH, get16(buf, before + IPV4.TOTAL_LENGTH) + 4);
      setIpv4Checksum(buf, before);
    } else {
      put16(buf, before + IPV6.PAYLOAD_LENGTH, get16(buf, before + IPV6.PAYLOAD_LENGTH) + 4);
    }
    return XT_CONTINUE;
  }
}

/** Absolute offset of the MSS option, or −1. */
function findMss(buf: Uint8Array, at: number, headerLength: number): number {
  const end = at + headerLength;
  let i = at + TCP_HEADER_BYTES;
  while (i + 4 <= end) {
    if (buf[i] === OPTION_MSS && buf[i + 1] === 4) return i;
    i += buf[i]! < 2 ? 1 : buf[i + 1]! < 2 ? 1 : buf[i + 1]!;
  }
  return -1;
}

/** Updates the TCP checksum for a 16-bit value that changed, whether or not it lies on an even offset. */
function mendChecksum(buf: Uint8Array, at: number, field: number, from: number, to: number): void {
  const swap = (value: number) => ((value & 0xff) << 8) | (value >> 8);
  const odd = ((field - at) & 1) !== 0;
  const check = get16(buf, at + 16);
  put16(buf, at + 16, checksumReplace16(check, odd ? swap(from) : from, odd ? swap(to) : to));
}

export const tcpmssExtension: TargetExtension = {
  name: 'TCPMSS',
  options: { 'set-mss': VALUE, 'clamp-mss-to-pmtu': FLAG },
  build(given, rule) {
    if (rule.protocol !== PROTO.TCP || rule.protocolInverted) throw new KernelError(INVALID_ARGUMENT);
    return new TcpmssTarget(given);
  },
};
