import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { PROTO, isIpv4Fragment } from '../../protocols/ipv4.ts';
import { Stage } from '../host/cost-meter.ts';
import { DEFRAG_VS_FWD, DEFRAG_VS_IN, DEFRAG_VS_OUT } from '../namespace/ipv4-defragmenter.ts';
import { RTN_LOCAL } from '../namespace/ipv4-route.ts';
import { NF_ACCEPT, NF_INET_FORWARD, NF_INET_LOCAL_IN, NF_STOLEN } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { countOut, setState } from './account.ts';
import type { IpvsConnection } from './ipvs-connection.ts';
import { settleConntrack } from './ipvs-conntrack.ts';
import { FORWARD_MASQ } from './ipvs-destination.ts';
import { IpvsHeader } from './ipvs-header.ts';
import type { IpvsIcmp } from './ipvs-icmp.ts';
import type { IpvsState } from './ipvs-state.ts';
import { rewriteReply } from './rewrite.ts';
import { DIRECTION_OUTPUT } from './tcp-states.ts';

/** Packets from real servers (ip_vs_out_hook of Linux 6.1). */
export class Outgoing {
  private readonly ipvs: IpvsState;
  private readonly icmp: IpvsIcmp;
  private readonly header = new IpvsHeader();

  constructor(ipvs: IpvsState, icmp: IpvsIcmp) {
    this.ipvs = ipvs;
    this.icmp = icmp;
  }

  /** The verdict of LOCAL_IN, FORWARD or LOCAL_OUT. */
  run(packet: Packet, hook: number): number {
    if (packet.ipvsProperty || packet.route === null) return NF_ACCEPT;
    const { ipvs, header } = this;
    if (!header.read(packet.buf, packet.networkOffset, packet.tail)) return NF_ACCEPT;
    if (header.protocol === PROTO.ICMP) return this.icmp.fromServer(packet, header, hook);
    if (header.protocol !== PROTO.TCP && header.protocol !== PROTO.UDP) return NF_ACCEPT;
    if (isIpv4Fragment(packet.buf, packet.networkOffset)) {
      if (!ipvs.netns.ipv4.defragment(packet, defragUser(hook))) return NF_STOLEN;
      if (!header.read(packet.buf, packet.networkOffset, packet.tail)) return NF_ACCEPT;
    }
    if (!header.isBalanced) return NF_ACCEPT;
    ipvs.connections.expire(ipvs.now);
    const { protocol, source, sourcePort, destination, destinationPort } = header;
    const found = ipvs.connections.findReply(protocol, destination, destinationPort, source, sourcePort);
    if (found !== null) return this.pass(packet, found, hook);
    return ipvs.settings.natIcmpSend !== 0 ? this.refuseStray(packet) : NF_ACCEPT;
  }

  /** handle_response. */
  private pass(packet: Packet, connection: IpvsConnection, hook: number): number {
    const { ipvs } = this;
    const { host } = ipvs.netns;
    const length = packet.tail - packet.networkOffset;
    if (host.cost !== null) host.cost.charge(Stage.ipvs, length);
    const { tracer } = host.env;
    if (tracer !== null) tracer.step(ipvs.netns, packet, { kind: 'balanced', connection, isReply: true });
    if (connection.forwarding === FORWARD_MASQ) {
      rewriteReply(packet, connection);
      if (!rerouteReply(ipvs, packet, hook)) {
        host.dropPacket(packet, DropReason.IP_OUTNOROUTES, packet.dev);
        return NF_STOLEN;
      }
    }
    countOut(ipvs, connection, length);
    setState(ipvs, connection, packet, this.header, DIRECTION_OUTPUT);
    packet.ipvsProperty = true;
    settleConntrack(packet, connection, false);
    return NF_ACCEPT;
  }

  /** `nat_icmp_send`: a real server's packet of a connection that is over gets an error. */
  private refuseStray(packet: Packet): number {
    const { protocol, source, sourcePort } = this.header;
    const isServer = this.ipvs.services
      .list()
      .some((service) => service.protocol === protocol && service.find(source, sourcePort) !== null);
    if (!isServer) return NF_ACCEPT;
    const { netns } = this.ipvs;
    netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.PORT_UNREACH, 0);
    netns.host.dropPacket(packet, DropReason.IPVS_NO_DESTINATION, packet.dev);
    return NF_STOLEN;
  }
}

/** ip_vs_route_me_harder: replies to remote clients are routed by the virtual address they now come from. */
export function rerouteReply(ipvs: IpvsState, packet: Packet, hook: number): boolean {
  if (ipvs.settings.snatReroute === 0 || hook === NF_INET_LOCAL_IN) return true;
  if (packet.route!.type === RTN_LOCAL) return true;
  return ipvs.netns.ipv4.routeMeHarder(packet) >= 0;
}

function defragUser(hook: number): number {
  if (hook === NF_INET_FORWARD) return DEFRAG_VS_FWD;
  return hook === NF_INET_LOCAL_IN ? DEFRAG_VS_IN : DEFRAG_VS_OUT;
}
