import {
  ARP,
  ARP_LENGTH,
  ARP_OP,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  isEthernetIpv4Arp,
  writeArp,
} from '../../protocols/arp.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE, writeEthernetHeader } from '../../protocols/ethernet.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import { ipv4Source } from '../../protocols/ipv4.ts';
import { IFF_LOOPBACK, IFF_NOARP, type NetDevice } from '../device/net-device.ts';
import { RT_SCOPE_LINK } from '../device/ipv4-configuration.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_HOST, PACKET_OTHERHOST, type Packet } from '../packet/packet.ts';
import { isMulticastAddress } from './ipv4-address-class.ts';
import { selectSourceAddress } from './ipv4-fib.ts';
import { RTN_LOCAL, RTN_UNICAST } from './ipv4-route.ts';
import {
  Neighbour,
  NUD_NOARP,
  NUD_REACHABLE,
  NUD_STALE,
  NUD_VALID,
  type NeighbourFamily,
} from './neighbour.ts';
import { NeighbourParameters } from './neighbour-parameters.ts';
import type { NetNamespace } from './net-namespace.ts';

const BROADCAST_MAC = new Uint8Array(6).fill(0xff);

/**
 * ARP (RFC 826) as net/ipv4/arp.c does it, and the IPv4 neighbour table of a namespace. Entries live in
 * `NetDevice.arpTable`. Not modelled: the table's garbage collection thresholds, gratuitous ARP on its own
 * accord (`arp_notify`), proxy_arp's random delay. The kernel draws the reachable time at random from half to one
 * and a half times its base; here it is the base, the mean, so that when a host probes does not hang on the seed.
 */
export class Arp implements NeighbourFamily {
  readonly protocol = ETHERTYPE.IPV4;
  /** net.ipv4.neigh.default: what a device's parameters start from. */
  readonly defaultParameters = new NeighbourParameters();
  private readonly netns: NetNamespace;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** The entry for an address on a device, made if it is not there. */
  neighbour(dev: NetDevice, address: number): Neighbour {
    return dev.arpTable.get(address) ?? this.create(dev, address);
  }

  parametersOf(dev: NetDevice): NeighbourParameters {
    return (dev.arpParameters ??= NeighbourParameters.of(this.defaultParameters));
  }

  /** arp_rcv and arp_process. `head` is at the ARP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = dev.host;
    if (packet.pktType === PACKET_OTHERHOST) {
      host.dropPacket(packet, DropReason.OTHERHOST, dev);
      return;
    }
    const buf = packet.buf;
    const at = packet.head;
    if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0 || !isEthernetIpv4Arp(buf, at, packet.tail - at)) {
      host.dropPacket(packet, DropReason.ARP_INVALID, dev);
      return;
    }
    const operation = arpOperation(buf, at);
    const tip = arpTargetAddress(buf, at);
    const invalidTarget = isMulticastAddress(tip) || (tip >>> 24 === 127 && dev.ipv4.routeLocalnet === 0);
    if ((operation !== ARP_OP.REQUEST && operation !== ARP_OP.REPLY) || invalidTarget) {
      host.dropPacket(packet, DropReason.ARP_INVALID, dev);
      return;
    }
    if (operation === ARP_OP.REQUEST && this.answer(dev, packet)) return;
    this.learn(dev, packet, operation);
  }

  /** Sends an ARP message. `destinationMac` null broadcasts; `targetMac` null leaves the field zero. */
  send(
    dev: NetDevice,
    operation: number,
    senderIp: number,
    targetIp: number,
    destinationMac: Uint8Array | null,
    targetMac: Uint8Array | null,
    senderMac: Uint8Array = dev.mac,
  ): void {
    const packet = dev.host.pool.alloc(ETHERNET_HEADER_LENGTH + ARP_LENGTH);
    const at = packet.head;
    writeEthernetHeader(packet.buf, at, destinationMac ?? BROADCAST_MAC, senderMac, ETHERTYPE.ARP);
    writeArp(packet.buf, at + ETHERNET_HEADER_LENGTH, operation, senderMac, senderIp, targetMac, targetIp);
    packet.macOffset = at;
    packet.networkOffset = at + ETHERNET_HEADER_LENGTH;
    packet.protocol = ETHERTYPE.ARP;
    dev.transmit(packet);
  }

  /** arp_solicit: who-has, unicast to the known address when the entry is being probed. */
  solicit(neighbour: Neighbour, unicast: boolean, queued: Packet | null): void {
    const dev = neighbour.dev;
    if (!dev.isUp) return;
    const target = neighbour.address as number;
    const source = this.solicitSource(dev, target, queued);
    this.send(dev, ARP_OP.REQUEST, source, target, unicast ? neighbour.lladdr : null, null);
  }

  /** arp_error_report: the sender is told "host unreachable". */
  unresolved(neighbour: Neighbour, packet: Packet): void {
    const { tracer } = this.netns.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'unresolved', neighbour });
    this.netns.ipv4.linkFailure(packet);
    neighbour.dev.host.dropPacket(packet, DropReason.NEIGH_FAILED, neighbour.dev);
  }

  /** Forgets a device's entries, all but permanent ones if the device only went down. */
  flush(dev: NetDevice, matches: (neighbour: Neighbour) => boolean = () => true): void {
    for (const [address, neighbour] of [...dev.arpTable]) {
      if (!matches(neighbour)) continue;
      neighbour.destroy();
      dev.arpTable.delete(address);
    }
  }

  private create(dev: NetDevice, address: number): Neighbour {
    const neighbour = new Neighbour(address, dev, this, this.parametersOf(dev));
    if (isMulticastAddress(address)) {
      const mac = Uint8Array.of(
        0x01,
        0x00,
        0x5e,
        (address >>> 16) & 0x7f,
        (address >>> 8) & 0xff,
        address & 0xff,
      );
      neighbour.update(mac, 0, NUD_NOARP, true);
    } else if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0) {
      neighbour.update(dev.mac, 0, NUD_NOARP, true);
    } else if (address === 0xffffffff || this.netns.ipv4.fib.addressType(address, dev) === 3) {
      neighbour.update(BROADCAST_MAC, 0, NUD_NOARP, true);
    }
    dev.arpTable.set(address, neighbour);
    return neighbour;
  }

  /** Handles a request: true when it was for us (or proxied) and the packet is done with. */
  private answer(dev: NetDevice, packet: Packet): boolean {
    const buf = packet.buf;
    const at = packet.head;
    const sip = arpSenderAddress(buf, at);
    const tip = arpTargetAddress(buf, at);
    const fib = this.netns.ipv4.fib;
    if (sip === 0) {
      // Duplicate address detection (RFC 2131): answered, nothing learned.
      if (fib.addressType(tip) === RTN_LOCAL && !this.ignores(dev, sip, tip)) {
        this.reply(dev, packet, sip, tip);
        return this.done(dev, packet);
      }
      return false;
    }
    const type = fib.addressType(tip);
    if (type === RTN_LOCAL) {
      if (this.ignores(dev, sip, tip)) return false;
      this.learnSender(dev, packet, sip);
      this.reply(dev, packet, sip, tip);
      return this.done(dev, packet);
    }
    if (type === RTN_UNICAST && dev.ipv4.proxyArp !== 0 && this.netns.ipv4.forwardingOn(dev)) {
      const route = fib.lookup(tip);
      if (route !== null && route.type === RTN_UNICAST && route.dev !== dev) {
        this.learnSender(dev, packet, sip);
        this.reply(dev, packet, sip, tip);
        return this.done(dev, packet);
      }
    }
    return false;
  }

  private done(dev: NetDevice, packet: Packet): boolean {
    this.consume(dev, packet);
    return true;
  }

  private consume(dev: NetDevice, packet: Packet): void {
    const { tracer } = dev.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'delivered', to: 'arp', owner: null });
    dev.host.consumePacket(packet);
  }

  private reply(dev: NetDevice, packet: Packet, sip: number, tip: number): void {
    const sha = packet.buf.slice(packet.head + ARP.SHA, packet.head + ARP.SHA + 6);
    this.send(dev, ARP_OP.REPLY, tip, sip, sha, sha);
  }

  /** neigh_event_ns: a request tells its sender's address. */
  private learnSender(dev: NetDevice, packet: Packet, sip: number): void {
    this.neighbour(dev, sip).update(packet.buf, packet.head + ARP.SHA, NUD_STALE, true);
  }

  /** The end of arp_process: an entry that exists is updated; `arp_accept` lets others be made. */
  private learn(dev: NetDevice, packet: Packet, operation: number): void {
    const buf = packet.buf;
    const at = packet.head;
    const sip = arpSenderAddress(buf, at);
    const tip = arpTargetAddress(buf, at);
    const gratuitous = sip === tip;
    let neighbour = dev.arpTable.get(sip);
    if (neighbour === undefined && dev.ipv4.arpAccept !== 0 && gratuitous)
      neighbour = this.neighbour(dev, sip);
    if (neighbour === undefined) {
      dev.host.dropPacket(packet, DropReason.ARP_NOT_FOR_US, dev);
      return;
    }
    const override =
      dev.host.sim.nowNs > neighbour.updatedNs + neighbour.parameters.locktimeNs ||
      gratuitous ||
      (neighbour.state & NUD_VALID) === 0;
    const solicited = operation === ARP_OP.REPLY && packet.pktType === PACKET_HOST;
    neighbour.update(buf, at + ARP.SHA, solicited ? NUD_REACHABLE : NUD_STALE, override);
    this.consume(dev, packet);
  }

  /** arp_ignore: whether a request for a local address is left unanswered. */
  private ignores(dev: NetDevice, sip: number, tip: number): boolean {
    const mode = Math.max(dev.ipv4.arpIgnore, this.netns.sysctl.confAll.arpIgnore);
    switch (mode) {
      case 0:
        return false;
      case 1:
        return !dev.ipv4.addresses.some((address) => address.local === tip);
      case 2:
        return !dev.ipv4.addresses.some(
          (address) =>
            address.local === tip && ((address.local ^ sip) & prefixMask(address.prefixLength)) === 0,
        );
      case 3:
        return !dev.ipv4.addresses.some((address) => address.local === tip && address.scope < RT_SCOPE_LINK);
      case 8:
        return true;
      default:
        return false;
    }
  }

  /** The sender address of a request: arp_announce 0 takes the packet's source when it is ours. */
  private solicitSource(dev: NetDevice, target: number, queued: Packet | null): number {
    const source = queued === null ? 0 : ipv4Source(queued.buf, queued.networkOffset);
    const mode = Math.max(dev.ipv4.arpAnnounce, this.netns.sysctl.confAll.arpAnnounce);
    const isOurs = source !== 0 && this.netns.ipv4.fib.isLocal(source);
    if (mode === 0 && isOurs) return source;
    if (mode === 1 && isOurs && this.onLink(dev, source, target)) return source;
    return selectSourceAddress(this.netns, dev, target, RT_SCOPE_LINK);
  }

  private onLink(dev: NetDevice, source: number, target: number): boolean {
    return dev.ipv4.addresses.some((address) => {
      const mask = prefixMask(address.prefixLength);
      return ((address.local ^ source) & mask) === 0 && ((address.local ^ target) & mask) === 0;
    });
  }
}
