import {
  ARP,
  ARP_OP,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  isEthernetIpv4Arp,
  writeArp,
  ARP_LENGTH,
} from '../../../protocols/arp.ts';
import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE,
  macHigh16,
  macLow32,
  writeEthernetHeader,
} from '../../../protocols/ethernet.ts';
import { isLoopbackAddress, isMulticastAddress } from '../../namespace/ipv4-address-class.ts';
import { NUD_CONNECTED, type Neighbour } from '../../namespace/neighbour.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Vxlan } from './vxlan.ts';

/**
 * arp_reduce (drivers/net/vxlan/vxlan_core.c): with `proxy`, ARP never crosses the tunnel. A request for an address
 * that the device's neighbour table knows is answered as if the reply had come in through the tunnel; every other
 * ARP message ends here. `head` is at the Ethernet header.
 */
export function reduceArp(dev: Vxlan, packet: Packet): void {
  const host = dev.host;
  const at = packet.head + ETHERNET_HEADER_LENGTH;
  const buf = packet.buf;
  if (!isEthernetIpv4Arp(buf, at, packet.tail - at) || arpOperation(buf, at) !== ARP_OP.REQUEST) {
    host.dropPacket(packet, DropReason.CONSUMED_BY_ARP_PROXY, dev);
    return;
  }
  const target = arpTargetAddress(buf, at);
  if (isLoopbackAddress(target) || isMulticastAddress(target)) {
    host.dropPacket(packet, DropReason.CONSUMED_BY_ARP_PROXY, dev);
    return;
  }
  const neighbour = dev.arpTable.get(target);
  if (neighbour === undefined) {
    if (dev.config.l3miss) dev.l3Misses++;
    host.dropPacket(packet, DropReason.ARP_PROXY_MISS, dev);
    return;
  }
  if ((neighbour.state & NUD_CONNECTED) === 0 || isBehindBridge(dev, neighbour)) {
    host.dropPacket(packet, DropReason.ARP_PROXY_MISS, dev);
    return;
  }
  const { tracer } = host.env;
  if (tracer !== null) tracer.step(dev.netns, packet, { kind: 'delivered', to: 'arp proxy', owner: null });
  reply(dev, neighbour, target, buf.slice(at + ARP.SHA, at + ARP.SHA + 6), arpSenderAddress(buf, at));
  host.consumePacket(packet);
}

/** A MAC whose remote is 0.0.0.0 is this side's own ("bridge-local neighbor"). */
function isBehindBridge(dev: Vxlan, neighbour: Neighbour): boolean {
  const mac = neighbour.lladdr;
  const entry = dev.fdb.find(macHigh16(mac, 0), macLow32(mac, 0), dev.host.sim.nowNs);
  return entry !== null && entry.remotes[0]!.address === 0;
}

function reply(dev: Vxlan, neighbour: Neighbour, target: number, askerMac: Uint8Array, asker: number): void {
  const answer = dev.host.pool.alloc(ETHERNET_HEADER_LENGTH + ARP_LENGTH);
  const at = answer.head;
  writeEthernetHeader(answer.buf, at, askerMac, neighbour.lladdr, ETHERTYPE.ARP);
  writeArp(answer.buf, at + ETHERNET_HEADER_LENGTH, ARP_OP.REPLY, neighbour.lladdr, target, askerMac, asker);
  dev.host.netifRx(dev, answer);
}
