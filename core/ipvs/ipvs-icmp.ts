import { ICMP_HEADER_LENGTH, ICMP_TYPE, isIcmpChecksumValid } from '../../protocols/icmp.ts';
import { isIpv4Fragment } from '../../protocols/ipv4.ts';
import { DEFRAG_VS_FWD, DEFRAG_VS_IN } from '../namespace/ipv4-defragmenter.ts';
import { NF_ACCEPT, NF_INET_FORWARD, NF_STOLEN } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { countIn, countOut } from './account.ts';
import type { IpvsConnection } from './ipvs-connection.ts';
import { settleConntrack } from './ipvs-conntrack.ts';
import { FORWARD_MASQ } from './ipvs-destination.ts';
import { IpvsHeader } from './ipvs-header.ts';
import type { IpvsState } from './ipvs-state.ts';
import { rerouteReply } from './outgoing.ts';
import { rewriteIcmpError } from './rewrite.ts';
import type { Transmitter } from './transmit.ts';

/**
 * ICMP errors about packets of connections (ip_vs_in_icmp, ip_vs_out_icmp). Other messages are none of IPVS's
 * business: an echo request to a virtual address is answered by the machine that has the address.
 */
export class IpvsIcmp {
  private readonly ipvs: IpvsState;
  private readonly transmitter: Transmitter;
  private readonly inner = new IpvsHeader();

  constructor(ipvs: IpvsState, transmitter: Transmitter) {
    this.ipvs = ipvs;
    this.transmitter = transmitter;
  }

  /** A client's error about a packet that the virtual address sent it. */
  fromClient(packet: Packet, header: IpvsHeader, hook: number): number {
    if (!this.readQuoted(packet, header, hook)) return this.verdictOfUnread;
    const { inner, ipvs } = this;
    const found = ipvs.connections.findRequest(
      inner.protocol,
      inner.destination,
      inner.destinationPort,
      inner.source,
      inner.sourcePort,
    );
    if (found === null) return NF_ACCEPT;
    if (!this.isIntact(packet, header)) return NF_STOLEN;
    countIn(ipvs, found, packet.tail - packet.networkOffset);
    return this.transmitter.sendIcmp(packet, found, hook);
  }

  /** An error from the real server's side about a packet that the client sent. */
  fromServer(packet: Packet, header: IpvsHeader, hook: number): number {
    if (!this.readQuoted(packet, header, hook)) return this.verdictOfUnread;
    const { inner } = this;
    const found = this.ipvs.connections.findReply(
      inner.protocol,
      inner.source,
      inner.sourcePort,
      inner.destination,
      inner.destinationPort,
    );
    return found === null ? NF_ACCEPT : this.passReply(packet, header, found, hook);
  }

  /** handle_response_icmp. */
  private passReply(packet: Packet, header: IpvsHeader, connection: IpvsConnection, hook: number): number {
    if (connection.forwarding !== FORWARD_MASQ) return NF_ACCEPT;
    if (!this.isIntact(packet, header)) return NF_STOLEN;
    rewriteIcmpError(packet, connection, true);
    if (!rerouteReply(this.ipvs, packet, hook)) {
      this.ipvs.netns.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, packet.dev);
      return NF_STOLEN;
    }
    countOut(this.ipvs, connection, packet.tail - packet.networkOffset);
    packet.ipvsProperty = true;
    settleConntrack(packet, connection, false);
    return NF_ACCEPT;
  }

  /** The verdict when `readQuoted` said no: NF_STOLEN when a fragment was kept. */
  private verdictOfUnread = NF_ACCEPT;

  /** Fills `inner` from what an error quotes; false when the packet is no error about TCP or UDP. */
  private readQuoted(packet: Packet, header: IpvsHeader, hook: number): boolean {
    this.verdictOfUnread = NF_ACCEPT;
    if (isIpv4Fragment(packet.buf, packet.networkOffset)) {
      const user = hook === NF_INET_FORWARD ? DEFRAG_VS_FWD : DEFRAG_VS_IN;
      if (!this.ipvs.netns.ipv4.defragment(packet, user)) {
        this.verdictOfUnread = NF_STOLEN;
        return false;
      }
      if (!header.read(packet.buf, packet.networkOffset, packet.tail)) return false;
    }
    const at = header.transport;
    if (at + ICMP_HEADER_LENGTH > packet.tail || !isHandled(packet.buf[at]!)) return false;
    this.ipvs.connections.expire(this.ipvs.now);
    return this.inner.read(packet.buf, at + ICMP_HEADER_LENGTH, packet.tail) && this.inner.isBalanced;
  }

  /** Whether the checksum is right; drops the packet when not. */
  private isIntact(packet: Packet, header: IpvsHeader): boolean {
    const at = header.transport;
    if (isIcmpChecksumValid(packet.buf, at, packet.tail - at)) return true;
    this.ipvs.netns.host.dropPacket(packet, DropReason.ICMP_CSUM, packet.dev);
    return false;
  }
}

function isHandled(type: number): boolean {
  return (
    type === ICMP_TYPE.DEST_UNREACH || type === ICMP_TYPE.SOURCE_QUENCH || type === ICMP_TYPE.TIME_EXCEEDED
  );
}
