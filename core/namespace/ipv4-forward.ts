import {
  IPV4,
  decreaseIpv4Ttl,
  hasIpv4DontFragment,
  ipv4Destination,
  ipv4Source,
} from '../../protocols/ipv4.ts';
import { ICMP_EXC, ICMP_REDIR, ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_FORWARD } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { gsoFitsMtu } from '../packet/gso.ts';
import { PACKET_HOST, type Packet } from '../packet/packet.ts';
import { ipOutput } from './ipv4-output.ts';
import type { NetNamespace } from './net-namespace.ts';

/**
 * ip_forward (net/ipv4/ip_forward.c): TTL, size and redirect come before the FORWARD hook, in this order.
 * `mayRedirect`: the route was looked up by the IP layer itself. A bridge that translated the packet looked it up
 * before ip_rcv cleared the control block, and IPSKB_DOREDIRECT with it.
 * Not modelled: source routing options (a packet that carries one is forwarded by its destination address).
 */
export function ipForward(netns: NetNamespace, dev: NetDevice, packet: Packet, mayRedirect: boolean): void {
  const host = netns.host;
  const icmp = netns.ipv4.icmp;
  const buf = packet.buf;
  const at = packet.networkOffset;
  const route = packet.route!;
  if (packet.pktType !== PACKET_HOST) {
    host.dropPacket(packet, DropReason.UNICAST_IN_L2_MULTICAST, dev);
    return;
  }
  if (netns.xfrm !== null && !netns.xfrm.checkPolicy('fwd', packet)) {
    host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
    return;
  }
  if (buf[at + IPV4.TTL]! <= 1) {
    icmp.sendError(packet, ICMP_TYPE.TIME_EXCEEDED, ICMP_EXC.TTL, 0);
    host.dropPacket(packet, DropReason.TTL_EXPIRED, dev);
    return;
  }
  const refused = netns.xfrm === null ? 0 : netns.xfrm.routeForward(packet);
  if (refused !== 0) {
    host.dropPacket(packet, refused, dev);
    return;
  }
  const outDev = route.dev!;
  const mtu = route.mtu !== 0 ? route.mtu : outDev.mtu;
  if (exceedsMtu(packet, mtu)) {
    host.sizeLog.note('dropped', packet, mtu, outDev);
    icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.FRAG_NEEDED, mtu);
    host.dropPacket(packet, DropReason.PKT_TOO_BIG, dev);
    return;
  }
  if (host.cost !== null) host.cost.charge(Stage.forward, packet.tail - at);
  decreaseIpv4Ttl(buf, at);
  if (mayRedirect && outDev === dev && dev.ipv4.sendRedirects !== 0 && packet.secPath === null)
    sendRedirect(netns, dev, packet);
  const verdict = netns.hooks4.run(NF_INET_FORWARD, packet, dev, outDev);
  if (verdict !== NF_ACCEPT) {
    if (verdict === NF_DROP) host.dropPacket(packet, DropReason.NETFILTER_DROP, dev);
    return;
  }
  ipOutput(netns, packet);
}

/** ip_exceeds_mtu: too long for the way out, and not to be fragmented. */
function exceedsMtu(packet: Packet, mtu: number): boolean {
  const length = packet.tail - packet.networkOffset;
  if (length <= mtu || (packet.gsoSize !== 0 && gsoFitsMtu(packet, mtu))) return false;
  if (!hasIpv4DontFragment(packet.buf, packet.networkOffset)) return false;
  return true;
}

/** ip_rt_send_redirect, when the sender could reach the next hop itself. */
function sendRedirect(netns: NetNamespace, dev: NetDevice, packet: Packet): void {
  const source = ipv4Source(packet.buf, packet.networkOffset);
  const route = packet.route!;
  const target = route.gateway !== 0 ? route.gateway : ipv4Destination(packet.buf, packet.networkOffset);
  const onLink = dev.ipv4.addresses.some((address) => {
    const mask = prefixMask(address.prefixLength);
    return ((address.local ^ source) & mask) === 0 && ((address.local ^ target) & mask) === 0;
  });
  if (!onLink || !netns.ipv4.icmp.mayRedirect(source)) return;
  netns.ipv4.icmp.sendError(packet, ICMP_TYPE.REDIRECT, ICMP_REDIR.HOST, target);
}
