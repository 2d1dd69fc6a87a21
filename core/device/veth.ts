import { Stage } from '../host/cost-meter.ts';
import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { IP_CT_NEW, PACKET_HOST, type Packet } from '../packet/packet.ts';
import { NetDevice } from './net-device.ts';

/** Bytes above the MTU that a frame may have: the Ethernet header and a VLAN tag (is_skb_forwardable). */
const FORWARDABLE_EXTRA = 14 + 4;

/** One end of a veth pair (drivers/net/veth.c): what one end sends the other receives, at once. */
export class Veth extends NetDevice {
  readonly kind = 'veth';
  peer: Veth | null = null;

  /** Makes both ends, not yet registered with their namespaces. The peer is registered first by convention. */
  static pair(
    host: Host,
    first: { name: string; netns: NetNamespace; mac: Uint8Array },
    second: { name: string; netns: NetNamespace; mac: Uint8Array },
  ): [Veth, Veth] {
    const one = new Veth(first.name, host, first.netns, first.mac);
    const two = new Veth(second.name, host, second.netns, second.mac);
    one.peer = two;
    two.peer = one;
    return [one, two];
  }

  get carrier(): boolean {
    return this.peer !== null && this.peer.isUp;
  }

  override stateChanged(): void {
    this.peer?.netns.ipv4.carrierChanged(this.peer);
  }

  override destroyed(): void {
    const peer = this.peer;
    if (peer === null) return;
    this.peer = null;
    peer.peer = null;
    peer.netns.destroyDevice(peer);
  }

  protected xmit(packet: Packet): void {
    const peer = this.peer;
    if (peer === null || !peer.isUp) {
      this.stats.txDropped++;
      this.host.dropPacket(packet, DropReason.NO_PEER, this);
      return;
    }
    const host = this.host;
    const length = packet.tail - packet.head;
    if (length > peer.mtu + FORWARDABLE_EXTRA && packet.gsoSize === 0) {
      this.stats.txDropped++;
      host.sizeLog.note('dropped', packet, peer.mtu, peer);
      host.dropPacket(packet, DropReason.EXCEEDS_MTU, peer);
      return;
    }
    if (host.cost !== null) host.cost.charge(Stage.veth, length);
    scrubPacket(packet, this.netns !== peer.netns);
    host.netifRx(peer, packet);
  }
}

/** skb_scrub_packet: what a packet must not carry over to another device's stack, or another namespace. */
export function scrubPacket(packet: Packet, crossesNamespaces: boolean): void {
  packet.pktType = PACKET_HOST;
  packet.iif = 0;
  packet.route = null;
  packet.route6 = null;
  packet.xfrm = null;
  packet.xfrmTransformed = false;
  packet.secPath = null;
  packet.nfBridge = null;
  packet.nfct = null;
  packet.ctInfo = IP_CT_NEW;
  packet.nfTrace = false;
  packet.ipvsProperty = false;
  packet.fragMaxSize = 0;
  if (crossesNamespaces) packet.mark = 0;
}
