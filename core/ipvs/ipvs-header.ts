import { get16, get32 } from '../../protocols/bytes.ts';
import {
  IPV4,
  IPV4_HEADER_LENGTH,
  PROTO,
  ipv4FragmentOffset,
  ipv4HeaderLength,
} from '../../protocols/ipv4.ts';

/** Bytes that ports take at the start of a transport header. */
const PORTS_LENGTH = 4;

/** What IPVS reads of an IPv4 packet, or of one that an ICMP error quotes (struct ip_vs_iphdr). Reused. */
export class IpvsHeader {
  protocol = 0;
  /** Addresses, unsigned. */
  source = 0;
  destination = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Absolute offset of the transport header. */
  transport = 0;
  /** Bytes; ports are read of the first fragment only. */
  fragmentOffset = 0;
  /** The first 16 bits of data could be read as ports. */
  hasPorts = false;

  /** Reads the header at `offset`; the packet ends at `end`. False when it is cut short. */
  read(buf: Uint8Array, offset: number, end: number): boolean {
    if (end - offset < IPV4_HEADER_LENGTH) return false;
    const at = offset + ipv4HeaderLength(buf, offset);
    this.protocol = buf[offset + IPV4.PROTOCOL]!;
    this.source = get32(buf, offset + IPV4.SOURCE);
    this.destination = get32(buf, offset + IPV4.DESTINATION);
    this.transport = at;
    this.fragmentOffset = ipv4FragmentOffset(buf, offset);
    this.hasPorts = this.fragmentOffset === 0 && at + PORTS_LENGTH <= end;
    this.sourcePort = this.hasPorts ? get16(buf, at) : 0;
    this.destinationPort = this.hasPorts ? get16(buf, at + 2) : 0;
    return true;
  }

  /** TCP or UDP with ports: what IPVS may know a connection of. */
  get isBalanced(): boolean {
    return this.hasPorts && (this.protocol === PROTO.TCP || this.protocol === PROTO.UDP);
  }
}
