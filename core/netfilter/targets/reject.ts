import { get16, get32, put16, put32 } from '../../../protocols/bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum, pseudoHeaderSum6 } from '../../../protocols/checksum.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../../protocols/icmpv6.ts';
import { IPV4, PROTO, ipv4Destination, ipv4Source } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { ipSend } from '../../namespace/ipv4-output.ts';
import {
  CHECKSUM_NONE,
  CHECKSUM_UNNECESSARY,
  IP_CT_IS_REPLY,
  IP_CT_RELATED,
  IP_CT_RELATED_REPLY,
  type Packet,
} from '../../packet/packet.ts';
import { AF_INET, AF_INET6 } from '../conntrack/tuple.ts';
import { routeInputReason } from '../../namespace/ipv4-input.ts';
import {
  NF_DROP,
  NF_INET_FORWARD,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_PRE_ROUTING,
} from '../hook.ts';
import type { MatchContext, Target } from '../tables/match.ts';
import { VALUE, type RuleSurroundings, type TargetExtension } from '../text/extension.ts';
import { INVALID_ARGUMENT, KernelError, ParameterError } from '../text/iptables-error.ts';

const HOOKS = (1 << NF_INET_LOCAL_IN) | (1 << NF_INET_FORWARD) | (1 << NF_INET_LOCAL_OUT);
const TCP_HEADER_BYTES = 20;
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 0x10;

interface RejectKind {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: number;
  readonly code: number;
}

const KINDS4: readonly RejectKind[] = [
  { name: 'icmp-net-unreachable', aliases: ['net-unreach'], type: 3, code: ICMP_UNREACH.NET_UNREACH },
  { name: 'icmp-host-unreachable', aliases: ['host-unreach'], type: 3, code: ICMP_UNREACH.HOST_UNREACH },
  { name: 'icmp-proto-unreachable', aliases: ['proto-unreach'], type: 3, code: ICMP_UNREACH.PROT_UNREACH },
  { name: 'icmp-port-unreachable', aliases: ['port-unreach'], type: 3, code: ICMP_UNREACH.PORT_UNREACH },
  { name: 'icmp-net-prohibited', aliases: ['net-prohib'], type: 3, code: ICMP_UNREACH.NET_ANO },
  { name: 'icmp-host-prohibited', aliases: ['host-prohib'], type: 3, code: ICMP_UNREACH.HOST_ANO },
  { name: 'tcp-reset', aliases: ['tcp-rst'], type: -1, code: 0 },
  { name: 'icmp-admin-prohibited', aliases: ['admin-prohib'], type: 3, code: ICMP_UNREACH.PKT_FILTERED },
];

const KINDS6: readonly RejectKind[] = [
  { name: 'icmp6-no-route', aliases: ['no-route'], type: 1, code: 0 },
  { name: 'icmp6-adm-prohibited', aliases: ['adm-prohibited'], type: 1, code: 1 },
  { name: 'icmp6-addr-unreachable', aliases: ['addr-unreach'], type: 1, code: 3 },
  { name: 'icmp6-port-unreachable', aliases: ['port-unreach'], type: 1, code: 4 },
  { name: 'tcp-reset', aliases: [], type: -1, code: 0 },
  { name: 'icmp6-policy-fail', aliases: ['policy-fail'], type: 1, code: 5 },
  { name: 'icmp6-reject-route', aliases: ['reject-route'], type: 1, code: 6 },
];

/**
 * `-j REJECT` (ipt_REJECT.c, nf_reject_ipv4.c): drops the packet and tells its sender.
 * Not modelled: tcp-reset in ip6tables, which is refused.
 */
export class RejectTarget implements Target {
  readonly name = 'REJECT';
  readonly tables = ['filter'];
  readonly hooks = HOOKS;
  private readonly kind: RejectKind;

  constructor(kind: RejectKind) {
    this.kind = kind;
  }

  run(context: MatchContext): number {
    if (this.kind.type < 0) sendReset(context);
    else if (context.isIpv4) rejectIpv4(context, this.kind.code);
    else context.netns.ipv6?.icmp.sendError(context.packet, ICMPV6_TYPE.DEST_UNREACH, this.kind.code, 0);
    return NF_DROP;
  }

  save(): string {
    return ` --reject-with ${this.kind.name}`;
  }

  list(): string {
    return ` reject-with ${this.kind.name}`;
  }
}

/** nf_send_unreach: not about later fragments. A bridged packet has no route yet, which the error's source needs. */
function rejectIpv4(context: MatchContext, code: number): void {
  const packet = context.packet;
  if (context.fragmentOffset !== 0) return;
  if (packet.route === null && context.inDev !== null && !findRoute(context)) return;
  context.netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, code, 0);
}

/** nf_reject_fill_skb_dst. */
function findRoute(context: MatchContext): boolean {
  return (
    context.hook === NF_INET_PRE_ROUTING ||
    routeInputReason(context.netns, context.inDev!, context.packet) === 0
  );
}

/** nf_send_reset: a RST as the addressee would send it, never about a RST. */
function sendReset(context: MatchContext): void {
  const { packet, netns } = context;
  const { buf, networkOffset, tail } = packet;
  const from = context.transport;
  if (context.fragmentOffset !== 0 || from + TCP_HEADER_BYTES > tail) return;
  const flags = buf[from + 13]!;
  if ((flags & RST) !== 0) return;
  if (packet.ipSummed === CHECKSUM_NONE && !isTcpValid(packet, from)) return;
  const source = ipv4Source(buf, networkOffset);
  const destination = ipv4Destination(buf, networkOffset);
  const route = netns.ipv4.fib.lookup(source, null, destination, null, 0);
  if (route === null || route.dev === null) return;
  const reset = netns.host.pool.alloc(TCP_HEADER_BYTES);
  const at = reset.head;
  const out = reset.buf;
  out.fill(0, at, at + TCP_HEADER_BYTES);
  put16(out, at, get16(buf, from + 2));
  put16(out, at + 2, get16(buf, from));
  out[at + 12] = 0x50;
  if ((flags & ACK) !== 0) {
    put32(out, at + 4, get32(buf, from + 8));
    out[at + 13] = RST;
  } else {
    const payload = tail - from - (buf[from + 12]! >> 4) * 4;
    const length = ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0) + payload;
    put32(out, at + 8, (get32(buf, from + 4) + length) >>> 0);
    out[at + 13] = RST | ACK;
  }
  const sum = checksumAdd(
    pseudoHeaderSum(destination, source, PROTO.TCP, TCP_HEADER_BYTES),
    out,
    at,
    TCP_HEADER_BYTES,
  );
  put16(out, at + 16, ~checksumFold(sum) & 0xffff);
  reset.ipSummed = CHECKSUM_UNNECESSARY;
  if (packet.nfct !== null) {
    reset.nfct = packet.nfct;
    // nf_conntrack_attach: it belongs to the connection, in the other direction.
    reset.ctInfo = packet.ctInfo >= IP_CT_IS_REPLY ? IP_CT_RELATED : IP_CT_RELATED_REPLY;
  }
  ipSend(netns, reset, route, destination, source, PROTO.TCP, netns.sysctl.ipDefaultTtl, 0, 0, true);
}

function isTcpValid(packet: Packet, at: number): boolean {
  const { buf, networkOffset, tail } = packet;
  const length = tail - at;
  const isIpv4 = buf[networkOffset]! >> 4 === 4;
  const pseudo = isIpv4
    ? pseudoHeaderSum(
        get32(buf, networkOffset + IPV4.SOURCE),
        get32(buf, networkOffset + IPV4.DESTINATION),
        PROTO.TCP,
        length,
      )
    : pseudoHeaderSum6(buf, networkOffset + IPV6.SOURCE, networkOffset + IPV6.DESTINATION, PROTO.TCP, length);
  return checksumFold(checksumAdd(pseudo, buf, at, length)) === 0xffff;
}

function parseKind(text: string, rule: RuleSurroundings): RejectKind {
  const kinds = rule.family === AF_INET ? KINDS4 : KINDS6;
  const lower = text.toLowerCase();
  const kind =
    kinds.find(({ name, aliases }) => name === lower || aliases.includes(lower)) ??
    kinds.find(
      ({ name, aliases }) => name.startsWith(lower) || aliases.some((other) => other.startsWith(lower)),
    );
  if (kind === undefined) throw new ParameterError(`unknown reject type "${text}"`);
  if (kind.type >= 0) return kind;
  if (rule.protocol !== PROTO.TCP || rule.protocolInverted) throw new KernelError(INVALID_ARGUMENT);
  if (rule.family === AF_INET6)
    throw new ParameterError('REJECT: not modelled: --reject-with tcp-reset for IPv6');
  return kind;
}

export const rejectExtension: TargetExtension = {
  name: 'REJECT',
  options: { 'reject-with': VALUE },
  build(given, rule) {
    const fallback = rule.family === AF_INET ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
    return new RejectTarget(parseKind(given.value('reject-with') ?? fallback, rule));
  },
};
