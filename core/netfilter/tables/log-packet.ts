import { get16, get32 } from '../../../protocols/bytes.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import { IPV6, ipv6FlowLabel, ipv6TrafficClass } from '../../../protocols/ipv6.ts';
import { ICMP_TYPE } from '../../../protocols/icmp.ts';
import type { MatchContext } from './match.ts';

/** NF_LOG_* of the LOG target. */
export const LOG_TCP_SEQUENCE = 0x01;
export const LOG_TCP_OPTIONS = 0x02;
export const LOG_IP_OPTIONS = 0x04;
export const LOG_UID = 0x08;
export const LOG_MAC_DECODE = 0x20;

/**
 * The kernel's log line for a packet (net/netfilter/nf_log_syslog.c), without the time stamp.
 * Not modelled: UID= and GID= (LOG_UID), options of AH, ESP and IPv6 extension headers, MLD and redirect details.
 */
function formatLogPacket(context: MatchContext, prefix: string, flags: number): string {
  const packet = context.packet;
  const parts: string[] = [];
  const bridge = packet.nfBridge;
  let head = `${prefix}IN=${context.inDev?.name ?? ''} OUT=${context.outDev?.name ?? ''}`;
  if (bridge !== null) {
    if (bridge.physInDev !== null && bridge.physInDev !== context.inDev)
      head += ` PHYSIN=${bridge.physInDev.name}`;
    if (bridge.physOutDev !== null && bridge.physOutDev !== context.outDev) {
      head += ` PHYSOUT=${bridge.physOutDev.name}`;
    }
  }
  parts.push(head);
  if (context.inDev !== null) parts.push(macText(context, flags));
  if (context.isIpv4) describeIpv4(parts, context, packet.networkOffset, packet.tail, flags, 0);
  else describeIpv6(parts, context, flags);
  if (packet.mark !== 0) parts.push(`MARK=0x${packet.mark.toString(16)}`);
  return `${parts.join(' ')} `;
}

function macText(context: MatchContext, flags: number): string {
  const packet = context.packet;
  const at = packet.macOffset;
  if (at < 0 || context.inDev!.hardHeaderLength !== 14) return 'MAC=';
  const octet = (i: number) => packet.buf[at + i]!.toString(16).padStart(2, '0');
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => octet(from + i)).join(':');
  if ((flags & LOG_MAC_DECODE) !== 0) {
    return `MACSRC=${range(6, 12)} MACDST=${range(0, 6)} MACPROTO=${octet(12)}${octet(13)}`;
  }
  return `MAC=${range(0, 14)}`;
}

function describeIpv4(
  parts: string[],
  context: MatchContext,
  at: number,
  end: number,
  flags: number,
  nesting: number,
): void {
  const buf = context.packet.buf;
  if (at + 20 > end) {
    parts.push('TRUNCATED');
    return;
  }
  const tos = buf[at + IPV4.TOS]!;
  parts.push(`SRC=${formatIpv4(get32(buf, at + IPV4.SOURCE))}`);
  parts.push(`DST=${formatIpv4(get32(buf, at + IPV4.DESTINATION))}`);
  parts.push(`LEN=${get16(buf, at + IPV4.TOTAL_LENGTH)}`, `TOS=0x${hex2(tos & 0x1e)}`);
  parts.push(`PREC=0x${hex2(tos & 0xe0)}`, `TTL=${buf[at + IPV4.TTL]}`, `ID=${get16(buf, at + IPV4.ID)}`);
  const fragment = get16(buf, at + IPV4.FLAGS_FRAGMENT);
  if ((fragment & 0x8000) !== 0) parts.push('CE');
  if ((fragment & 0x4000) !== 0) parts.push('DF');
  if ((fragment & 0x2000) !== 0) parts.push('MF');
  if ((fragment & 0x1fff) !== 0) parts.push(`FRAG:${fragment & 0x1fff}`);
  const headerLength = (buf[at]! & 0x0f) << 2;
  if ((flags & LOG_IP_OPTIONS) !== 0 && headerLength > 20) {
    parts.push(`OPT (${bytesText(buf, at + 20, headerLength - 20)})`);
  }
  const protocol = buf[at + IPV4.PROTOCOL]!;
  const transport = at + headerLength;
  if ((fragment & 0x1fff) !== 0) {
    parts.push(`PROTO=${protocolText(protocol)}`);
    return;
  }
  if (protocol === PROTO.ICMP) {
    describeIcmp(parts, context, transport, end, flags, nesting);
    return;
  }
  describeTransport(parts, context, protocol, transport, end, flags);
}

function describeIcmp(
  parts: string[],
  context: MatchContext,
  at: number,
  end: number,
  flags: number,
  nesting: number,
): void {
  const buf = context.packet.buf;
  parts.push('PROTO=ICMP');
  if (at + 8 > end) {
    parts.push(`INCOMPLETE [${end - at} bytes]`);
    return;
  }
  const type = buf[at]!;
  parts.push(`TYPE=${type}`, `CODE=${buf[at + 1]}`);
  if (type === ICMP_TYPE.ECHO || type === ICMP_TYPE.ECHOREPLY) {
    parts.push(`ID=${get16(buf, at + 4)}`, `SEQ=${get16(buf, at + 6)}`);
    return;
  }
  const isError = type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  if (!isError) return;
  if (type === 12) parts.push(`PARAMETER=${buf[at + 4]}`);
  if (type === 5) parts.push(`GATEWAY=${formatIpv4(get32(buf, at + 4))}`);
  if (nesting === 0) {
    const inner: string[] = [];
    describeIpv4(inner, context, at + 8, end, flags, 1);
    parts.push(`[${inner.join(' ')} ]`);
  }
  if (type === 3 && buf[at + 1] === 4) parts.push(`MTU=${get16(buf, at + 6)}`);
}

function describeIpv6(parts: string[], context: MatchContext, flags: number): void {
  const buf = context.packet.buf;
  const at = context.packet.networkOffset;
  parts.push(`SRC=${longIpv6(buf, at + IPV6.SOURCE)}`, `DST=${longIpv6(buf, at + IPV6.DESTINATION)}`);
  parts.push(`LEN=${get16(buf, at + IPV6.PAYLOAD_LENGTH) + 40}`, `TC=${ipv6TrafficClass(buf, at)}`);
  parts.push(`HOPLIMIT=${buf[at + IPV6.HOP_LIMIT]}`, `FLOWLBL=${ipv6FlowLabel(buf, at)}`);
  const end = context.packet.tail;
  if (context.protocol !== PROTO.ICMPV6) {
    describeTransport(parts, context, context.protocol, context.transport, end, flags);
    return;
  }
  parts.push('PROTO=ICMPv6');
  if (context.transport + 4 > end) return;
  const type = buf[context.transport]!;
  parts.push(`TYPE=${type}`, `CODE=${buf[context.transport + 1]}`);
  if ((type === 128 || type === 129) && context.transport + 8 <= end) {
    parts.push(`ID=${get16(buf, context.transport + 4)}`, `SEQ=${get16(buf, context.transport + 6)}`);
  }
}

function describeTransport(
  parts: string[],
  context: MatchContext,
  protocol: number,
  at: number,
  end: number,
  flags: number,
): void {
  const buf = context.packet.buf;
  parts.push(`PROTO=${protocolText(protocol)}`);
  if (protocol !== PROTO.TCP && protocol !== PROTO.UDP) return;
  if (at + (protocol === PROTO.TCP ? 20 : 8) > end) {
    parts.push(`INCOMPLETE [${Math.max(0, end - at)} bytes]`);
    return;
  }
  parts.push(`SPT=${get16(buf, at)}`, `DPT=${get16(buf, at + 2)}`);
  if (protocol === PROTO.UDP) {
    parts.push(`LEN=${get16(buf, at + 4)}`);
    return;
  }
  if ((flags & LOG_TCP_SEQUENCE) !== 0) parts.push(`SEQ=${get32(buf, at + 4)}`, `ACK=${get32(buf, at + 8)}`);
  parts.push(`WINDOW=${get16(buf, at + 14)}`, `RES=0x${hex2((buf[at + 12]! & 0x0f) << 2)}`);
  const bits = buf[at + 13]!;
  const names = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'];
  names.forEach((name, i) => {
    if ((bits & (0x80 >> i)) !== 0) parts.push(name);
  });
  parts.push(`URGP=${get16(buf, at + 18)}`);
  const optionBytes = (buf[at + 12]! >> 4) * 4 - 20;
  if ((flags & LOG_TCP_OPTIONS) !== 0 && optionBytes > 0 && at + 20 + optionBytes <= end) {
    parts.push(`OPT (${bytesText(buf, at + 20, optionBytes)})`);
  }
}

function protocolText(protocol: number): string {
  switch (protocol) {
    case PROTO.TCP:
      return 'TCP';
    case PROTO.UDP:
      return 'UDP';
    case PROTO.ICMP:
      return 'ICMP';
    case PROTO.AH:
      return 'AH';
    case PROTO.ESP:
      return 'ESP';
    default:
      return String(protocol);
  }
}

function hex2(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

function bytesText(buf: Uint8Array, at: number, length: number): string {
  return Array.from(buf.subarray(at, at + length), hex2).join('');
}

function longIpv6(buf: Uint8Array, at: number): string {
  return Array.from({ length: 8 }, (_, i) =>
    get16(buf, at + 2 * i)
      .toString(16)
      .padStart(4, '0'),
  ).join(':');
}

/** Logs a packet, as nf_log_ip_packet does: only for the machine's own namespace (net.netfilter.nf_log_all_netns is 0). */
export function logPacket(context: MatchContext, prefix: string, flags: number): void {
  const { host } = context.netns;
  if (context.netns !== host.initNamespace) return;
  host.kernelLog.add(host.nowNs(), formatLogPacket(context, prefix, flags));
}
