import { IPV4, ipv4Destination, ipv4Source } from '../../../protocols/ipv4.ts';
import { ETHERTYPE, isMulticastMac } from '../../../protocols/ethernet.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import { ipLocalOut } from '../../namespace/ipv4-output.ts';
import { RTN_LOCAL, RTN_UNICAST, RTPROT_KERNEL, RT_TABLE_MAIN } from '../../namespace/ipv4-route.ts';
import type { Ipv4Route } from '../../namespace/ipv4-route.ts';
import { ip6LocalOut } from '../../namespace/ipv6-output.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { RT_SCOPE_LINK } from '../ipv4-configuration.ts';
import type { NetDevice } from '../net-device.ts';
import type { Ipvlan } from './ipvlan.ts';

/**
 * ipvlan_process_outbound: a packet of an ipvlan in mode l3 or l3s (`head` at its Ethernet header) is routed by the
 * namespace of the lower device, out of that device, as one of its own: its OUTPUT and POSTROUTING hooks see it.
 */
export function processOutbound(from: Ipvlan, packet: Packet): void {
  const { host, lower } = from;
  if (isMulticastMac(packet.buf, packet.head)) {
    host.dropPacket(packet, DropReason.IPVLAN_NOT_IP, from);
    return;
  }
  packet.head += from.hardHeaderLength;
  packet.networkOffset = packet.head;
  packet.macOffset = -1;
  packet.dev = lower;
  if (packet.protocol === ETHERTYPE.IPV4) outboundIpv4(lower, packet);
  else if (packet.protocol === ETHERTYPE.IPV6) outboundIpv6(lower, packet);
  else host.dropPacket(packet, DropReason.IPVLAN_NOT_IP, from);
}

function outboundIpv4(lower: NetDevice, packet: Packet): void {
  const { netns } = lower;
  const at = packet.networkOffset;
  const destination = ipv4Destination(packet.buf, at);
  const tos = packet.buf[at + IPV4.TOS]! & 0x1c;
  const route =
    netns.ipv4.fib.lookup(destination, lower, ipv4Source(packet.buf, at), null, packet.mark, tos) ??
    assumedOnLink(lower, destination);
  if (route.type !== RTN_UNICAST && route.type !== RTN_LOCAL) {
    lower.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, lower);
    return;
  }
  packet.route = route;
  ipLocalOut(netns, packet);
}

function outboundIpv6(lower: NetDevice, packet: Packet): void {
  const { netns } = lower;
  const { ipv6 } = netns;
  const destination = Ipv6Address.read(packet.buf, packet.networkOffset + IPV6.DESTINATION);
  const route = ipv6?.fib.lookup(destination, lower) ?? null;
  if (route === null || (route.type !== RTN_UNICAST && route.type !== RTN_LOCAL)) {
    lower.host.dropPacket(packet, DropReason.IP_OUTNOROUTES, lower);
    return;
  }
  packet.route6 = route;
  ip6LocalOut(netns, packet, false);
}

/** A device was named and no table has the destination: it is taken to be on the link (ip_route_output_key). */
function assumedOnLink(dev: NetDevice, destination: number): Ipv4Route {
  return {
    type: RTN_UNICAST,
    destination,
    prefixLength: 32,
    gateway: 0,
    dev,
    prefSrc: 0,
    scope: RT_SCOPE_LINK,
    protocol: RTPROT_KERNEL,
    table: RT_TABLE_MAIN,
    metric: 0,
    mtu: 0,
    tos: 0,
    onlink: false,
  };
}
