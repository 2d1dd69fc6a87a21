import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { get16 } from '../../protocols/bytes.ts';
import { DropReason } from '../packet/drop-reason.ts';
import {
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  type Packet,
} from '../packet/packet.ts';
import { TAP_IN, type NetDevice } from './net-device.ts';

/**
 * Carries a received frame up (__netif_receive_skb_core in net/core/dev.c): taps, 802.1Q sub-interfaces, the
 * receive handler of a bridge, macvlan or ipvlan, then the protocols. `packet.head` is at the Ethernet header.
 */
export function netifReceive(dev: NetDevice, packet: Packet): void {
  packet.dev = dev;
  packet.iif = dev.ifindex;
  if (!dev.isUp || !dev.netns.alive) {
    dev.stats.rxDropped++;
    dev.host.dropPacket(packet, DropReason.DEV_READY, dev);
    return;
  }
  if (packet.tail - packet.head < 14) {
    dev.stats.rxDropped++;
    dev.host.dropPacket(packet, DropReason.HDR_TRUNC, dev);
    return;
  }
  dev.stats.rxPackets++;
  dev.stats.rxBytes += packet.tail - packet.head;
  const { tracer } = dev.host.env;
  if (tracer !== null) tracer.step(dev.netns, packet, { kind: 'received', dev });
  if (dev.taps !== null) dev.showTaps(packet, TAP_IN);
  ethTypeTrans(dev, packet);
  if (packet.protocol === ETHERTYPE.VLAN && dev.vlans !== null && receiveTagged(dev, packet)) return;
  if (dev.rxHandler !== null && dev.rxHandler.handleFrame(packet)) return;
  deliverToProtocol(dev, packet);
}

/**
 * The part of the same that a frame goes through when a receive handler gives it to another device: a bridge that
 * passes it up, a macvlan, an ipvlan (RX_HANDLER_ANOTHER). It has been classified already and keeps that class.
 */
export function receiveAnother(dev: NetDevice, packet: Packet): void {
  packet.dev = dev;
  if (!dev.isUp || !dev.netns.alive) {
    dev.stats.rxDropped++;
    dev.host.dropPacket(packet, DropReason.DEV_READY, dev);
    return;
  }
  dev.stats.rxPackets++;
  dev.stats.rxBytes += packet.tail - packet.head;
  const { tracer } = dev.host.env;
  if (tracer !== null) tracer.step(dev.netns, packet, { kind: 'received', dev });
  if (dev.taps !== null) dev.showTaps(packet, TAP_IN);
  packet.macOffset = packet.head;
  packet.head += 14;
  packet.networkOffset = packet.head;
  packet.iif = dev.ifindex;
  if (packet.protocol === ETHERTYPE.VLAN && dev.vlans !== null && receiveTagged(dev, packet)) return;
  if (dev.rxHandler !== null && dev.rxHandler.handleFrame(packet)) return;
  deliverToProtocol(dev, packet);
}

/** Pulls the Ethernet header and notes to whom the frame is addressed (eth_type_trans). */
export function ethTypeTrans(dev: NetDevice, packet: Packet): void {
  const buf = packet.buf;
  const at = packet.head;
  packet.macOffset = at;
  packet.protocol = get16(buf, at + 12);
  packet.head = at + 14;
  packet.networkOffset = packet.head;
  const mac = dev.mac;
  if ((buf[at]! & 1) !== 0) {
    packet.pktType = isBroadcastAt(buf, at) ? PACKET_BROADCAST : PACKET_MULTICAST;
  } else if (
    buf[at + 5] === mac[5] &&
    buf[at + 4] === mac[4] &&
    buf[at + 3] === mac[3] &&
    buf[at + 2] === mac[2] &&
    buf[at + 1] === mac[1] &&
    buf[at] === mac[0]
  ) {
    packet.pktType = PACKET_HOST;
  } else {
    packet.pktType = PACKET_OTHERHOST;
  }
}

function isBroadcastAt(buf: Uint8Array, at: number): boolean {
  for (let i = 0; i < 6; i++) if (buf[at + i] !== 0xff) return false;
  return true;
}

/** Hands a tagged frame, its tag removed, to the sub-interface of its VLAN id; false when there is none. */
function receiveTagged(dev: NetDevice, packet: Packet): boolean {
  if (packet.tail - packet.head < 4) return false;
  const vlan = dev.vlans!.get(get16(packet.buf, packet.head) & 0x0fff);
  if (vlan === undefined) return false;
  const at = packet.macOffset;
  packet.buf.copyWithin(at + 4, at, at + 12);
  packet.head = at + 4;
  netifReceive(vlan, packet);
  return true;
}

/** Gives the packet, whose `head` is at the network header, to the protocol its EtherType names. */
export function deliverToProtocol(dev: NetDevice, packet: Packet): void {
  switch (packet.protocol) {
    case ETHERTYPE.IPV4:
      dev.netns.ipv4.receive(dev, packet);
      return;
    case ETHERTYPE.ARP:
      dev.netns.ipv4.arp.receive(dev, packet);
      return;
    case ETHERTYPE.IPV6:
      if (dev.netns.ipv6 !== null) {
        dev.netns.ipv6.receive(dev, packet);
        return;
      }
      dev.host.dropPacket(packet, DropReason.IPV6DISABLED, dev);
      return;
    case ETHERTYPE.VLAN:
      dev.host.dropPacket(packet, DropReason.VLAN_NOT_A_MEMBER, dev);
      return;
    default:
      dev.host.dropPacket(packet, DropReason.UNHANDLED_PROTO, dev);
  }
}
