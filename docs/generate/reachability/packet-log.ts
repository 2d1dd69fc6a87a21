import { CAPTURE_IN } from '../../../core/capture/capture-writer.ts';
import { readCapture } from '../../../core/capture/pcap-reader.ts';
import { get32 } from '../../../protocols/bytes.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE, etherType } from '../../../protocols/ethernet.ts';
import { ICMP_TYPE } from '../../../protocols/icmp.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { IPV4, ipv4HeaderLength, PROTO } from '../../../protocols/ipv4.ts';
import { ACK, SYN, TCP_FLAGS } from '../../../protocols/tcp/tcp-header.ts';
import { PROTOCOLS, type Protocol } from './probe.ts';

export const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = {
  icmp: PROTO.ICMP,
  udp: PROTO.UDP,
  tcp: PROTO.TCP,
};

/** A request that came in where a capture listened. */
export interface Arrival {
  readonly timeNs: number;
  readonly protocol: Protocol;
  readonly source: string;
}

/** The echo requests, datagrams and SYNs that came in, of a pcapng capture on Ethernet. */
export function arrivalsOf(pcapng: Uint8Array): Arrival[] {
  const arrivals: Arrival[] = [];
  for (const { buf, offset, timeNs, direction } of readCapture(pcapng).packets) {
    if (direction !== CAPTURE_IN || etherType(buf, offset) !== ETHERTYPE.IPV4) continue;
    const ip = offset + ETHERNET_HEADER_LENGTH;
    const protocol = requestProtocol(buf, ip);
    if (protocol === undefined) continue;
    arrivals.push({ timeNs: Number(timeNs), protocol, source: formatIpv4(get32(buf, ip + IPV4.SOURCE)) });
  }
  return arrivals;
}

/** What a packet asks with; undefined when it is an answer or something else. */
function requestProtocol(buf: Uint8Array, ip: number): Protocol | undefined {
  const transport = ip + ipv4HeaderLength(buf, ip);
  const number = buf[ip + IPV4.PROTOCOL]!;
  if (number === PROTO.ICMP && buf[transport] !== ICMP_TYPE.ECHO) return undefined;
  if (number === PROTO.TCP && (buf[transport + TCP_FLAGS]! & (SYN | ACK)) !== SYN) return undefined;
  return PROTOCOLS.find((name) => PROTOCOL_NUMBERS[name] === number);
}
