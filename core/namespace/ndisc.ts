import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { ICMPV6, ICMPV6_TYPE, ICMPV6_UNREACH, setIcmpv6Checksum } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH, writeIpv6Header } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import {
  ND_HOP_LIMIT,
  ND_NA_FLAG,
  ND_NEIGHBOUR,
  writeNeighbourAdvertisement,
  writeNeighbourSolicitation,
  writeRouterSolicitation,
} from '../../protocols/neighbour-discovery.ts';
import { IFF_LOOPBACK, IFF_NOARP, type NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { sendPrepared6 } from './ipv6-output.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';
import { ndiscReceive } from './ndisc-receive.ts';
import { Neighbour, NUD_NOARP, type NeighbourFamily } from './neighbour.ts';
import { NeighbourParameters } from './neighbour-parameters.ts';

const MAX_MESSAGE_LENGTH = 64;

/**
 * Neighbour discovery (RFC 4861) as net/ipv6/ndisc.c does it: the sending side and the neighbour table, whose
 * entries live in `NetDevice.ipv6.neighbours`. Receiving is in ndisc-receive.ts and router-advertisement.ts.
 * Not modelled: proxy_ndp, redirects, secure ND, the table's garbage collection.
 */
export class Ndisc implements NeighbourFamily {
  readonly protocol = ETHERTYPE.IPV6;
  /** net.ipv6.neigh.default: what a device's parameters start from. */
  readonly defaultParameters = new NeighbourParameters();
  private readonly stack: Ipv6Stack;
  /** Reachable times. */
  private readonly random: RandomStream;

  constructor(stack: Ipv6Stack) {
    this.stack = stack;
    const { host, id } = stack.netns;
    this.random = host.sim.random.stream(`${host.name}/${id}:ndisc`);
  }

  /** The entry for an address on a device that runs IPv6, made if it is not there. */
  neighbour(dev: NetDevice, address: Ipv6Address): Neighbour {
    return dev.ipv6!.neighbours.get(address) ?? this.create(dev, address);
  }

  /** The parameters of a device that is being registered, with a reachable time of its own. */
  createParameters(): NeighbourParameters {
    const parameters = NeighbourParameters.of(this.defaultParameters);
    this.drawReachableTime(parameters);
    return parameters;
  }

  /** neigh_rand_reach_time: from half to one and a half times the base. */
  drawReachableTime(parameters: NeighbourParameters): void {
    const base = parameters.baseReachableTimeNs;
    parameters.reachableTimeNs = Math.round(base / 2 + this.random.unit() * base);
  }

  /** ndisc_rcv: a neighbour discovery message at `transportOffset`. The packet is taken. */
  receive(dev: NetDevice, packet: Packet): void {
    ndiscReceive(this.stack, dev, packet);
  }

  /** ndisc_solicit: asks the known address when the entry is being probed, else the solicited-node group. */
  solicit(neighbour: Neighbour, unicast: boolean, queued: Packet | null): void {
    const dev = neighbour.dev;
    if (!dev.isUp || dev.ipv6 === null) return;
    const target = neighbour.address as Ipv6Address;
    const source = this.solicitSource(dev, queued) ?? this.stack.linkLocalAddress(dev);
    if (source === null) return;
    this.sendSolicitation(dev, target, source, unicast ? target : target.solicitedNodeGroup(), null);
  }

  /** ndisc_error_report: the sender is told "address unreachable". */
  unresolved(neighbour: Neighbour, packet: Packet): void {
    const { tracer } = neighbour.dev.host.env;
    if (tracer !== null) tracer.step(this.stack.netns, packet, { kind: 'unresolved', neighbour });
    this.stack.icmp.sendError(packet, ICMPV6_TYPE.DEST_UNREACH, ICMPV6_UNREACH.ADDR_UNREACH, 0);
    neighbour.dev.host.dropPacket(packet, DropReason.NEIGH_FAILED, neighbour.dev);
  }

  /** Duplicate address detection asks from the unspecified address. */
  sendDadSolicitation(dev: NetDevice, target: Ipv6Address, nonce: Uint8Array | null): void {
    const group = target.solicitedNodeGroup();
    this.sendSolicitation(dev, target, Ipv6Address.UNSPECIFIED, group, nonce);
  }

  /** ndisc_send_na. `withAddress`: the target link-address option is there. */
  sendAdvertisement(
    dev: NetDevice,
    destination: Ipv6Address,
    target: Ipv6Address,
    solicited: boolean,
    override: boolean,
    withAddress: boolean,
  ): void {
    const own = dev.ipv6!.find(target);
    const source = own !== null && !own.tentative ? target : this.stack.linkLocalAddress(dev);
    if (source === null) return;
    const flags =
      (this.stack.forwardingOn(dev) ? ND_NA_FLAG.ROUTER : 0) |
      (solicited ? ND_NA_FLAG.SOLICITED : 0) |
      (override ? ND_NA_FLAG.OVERRIDE : 0);
    const packet = this.message(dev);
    const { buf, head } = packet;
    const whole = writeNeighbourAdvertisement(buf, head + IPV6_HEADER_LENGTH, target, flags, dev.mac);
    this.send(dev, packet, withAddress ? whole : ND_NEIGHBOUR.OPTIONS, source, destination);
  }

  /** ndisc_send_rs; false when there is no link-local address to send from. */
  sendRouterSolicitation(dev: NetDevice): boolean {
    const source = this.stack.linkLocalAddress(dev);
    if (source === null) return false;
    const packet = this.message(dev);
    const mac = this.stack.resolves(dev) ? dev.mac : null;
    const length = writeRouterSolicitation(packet.buf, packet.head + IPV6_HEADER_LENGTH, mac);
    this.send(dev, packet, length, source, Ipv6Address.ALL_ROUTERS);
    return true;
  }

  /** Forgets a device's entries, or those that match. */
  flush(dev: NetDevice, matches: (neighbour: Neighbour) => boolean = () => true): void {
    const neighbours = dev.ipv6?.neighbours;
    if (neighbours === undefined) return;
    for (const neighbour of neighbours.values()) {
      if (!matches(neighbour)) continue;
      neighbour.destroy();
      neighbours.delete(neighbour.address as Ipv6Address);
    }
  }

  private sendSolicitation(
    dev: NetDevice,
    target: Ipv6Address,
    source: Ipv6Address,
    destination: Ipv6Address,
    nonce: Uint8Array | null,
  ): void {
    const packet = this.message(dev);
    const mac = source.isUnspecified() ? null : dev.mac;
    const at = packet.head + IPV6_HEADER_LENGTH;
    const length = writeNeighbourSolicitation(packet.buf, at, target, mac, nonce);
    this.send(dev, packet, length, source, destination);
  }

  private message(dev: NetDevice): Packet {
    return dev.host.pool.alloc(IPV6_HEADER_LENGTH + MAX_MESSAGE_LENGTH);
  }

  private send(
    dev: NetDevice,
    packet: Packet,
    length: number,
    source: Ipv6Address,
    destination: Ipv6Address,
  ): void {
    const { buf, head } = packet;
    const at = head + IPV6_HEADER_LENGTH;
    packet.tail = at + length;
    writeIpv6Header(buf, head, 0, 0, length, PROTO.ICMPV6, ND_HOP_LIMIT, source, destination);
    setIcmpv6Checksum(buf, at, length, head + IPV6.SOURCE, head + IPV6.DESTINATION);
    packet.transportOffset = at;
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    this.stack.icmp.outTypes[buf[at + ICMPV6.TYPE]!]!++;
    sendPrepared6(this.stack.netns, packet, dev);
  }

  /** The waiting packet's source, when it is an address of this very device that may be used. */
  private solicitSource(dev: NetDevice, queued: Packet | null): Ipv6Address | null {
    if (queued === null) return null;
    const source = Ipv6Address.read(queued.buf, queued.networkOffset + IPV6.SOURCE);
    const own = dev.ipv6!.find(source);
    return own === null || own.tentative ? null : source;
  }

  /** ndisc_constructor. */
  private create(dev: NetDevice, address: Ipv6Address): Neighbour {
    const neighbour = new Neighbour(address, dev, this, dev.ipv6!.neighbourParameters);
    if (address.isMulticast()) {
      const mac = new Uint8Array(6);
      address.writeMulticastMac(mac, 0);
      neighbour.update(mac, 0, NUD_NOARP, true);
    } else if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0) {
      neighbour.update(dev.mac, 0, NUD_NOARP, true);
    }
    dev.ipv6!.neighbours.set(address, neighbour);
    return neighbour;
  }
}
