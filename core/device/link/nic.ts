import { Stage } from '../../host/cost-meter.ts';
import type { Host } from '../../host/host.ts';
import { ReceiveRing, type RingReceiver } from '../../host/receive-ring.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { frameNetworkOffset, gsoHeaderBytes, gsoSegment, gsoSegments } from '../../packet/gso.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { IFF_PROMISC, NetDevice } from '../net-device.ts';
import { scrubPacket } from '../veth.ts';
import { Gro, POLL_BUDGET } from './gro.ts';
import type { LaneReceiver, LinkLane } from './link-lane.ts';

/**
 * A network card. What it sends goes into its link's lane; what arrives is filtered by MAC, as the card's
 * unicast filter does, and handed to the host when its core is free.
 */
export class Nic extends NetDevice implements LaneReceiver, RingReceiver {
  readonly kind: string = '';
  /** Where frames go; null without a cable. */
  lane: LinkLane | null = null;
  /**
   * What a card that cannot (or must not) be promiscuous does with frames for other MACs: they never reach the
   * host. A veth, which most labs use as a card, has no filter at all.
   */
  filtersForeignMacs = false;
  /** The card refuses promiscuous mode and extra addresses, as virtual NICs of many clouds do. */
  refusesForeignMacs = false;
  /** Where frames wait for the core, under a cost profile. */
  readonly rxRing: ReceiveRing;
  /** What the card is called and its address when the machine boots. */
  readonly bootName: string;
  readonly bootMac: Uint8Array;
  private linkUp = false;
  /** Made when GRO is first on. */
  private gro: Gro | null = null;

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array) {
    super(name, host, netns, mac);
    this.qdisc = 'noqueue';
    this.rxRing = new ReceiveRing(host, this);
    this.bootName = name;
    this.bootMac = mac.slice();
  }

  get carrier(): boolean {
    return this.linkUp;
  }

  override get supportsGro(): boolean {
    return true;
  }

  override get hasUnicastFilter(): boolean {
    return this.filtersForeignMacs;
  }

  /** The cable was plugged in or pulled. */
  setLinkUp(up: boolean): void {
    if (this.linkUp === up) return;
    this.linkUp = up;
    this.netns.ipv4.carrierChanged(this);
  }

  /** A frame from the link. */
  receiveFrame(packet: Packet): void {
    const host = this.host;
    if (!host.running) {
      host.dropPacket(packet, DropReason.HOST_DOWN, this);
      return;
    }
    if (this.filtersForeignMacs && this.isForeign(packet)) {
      this.stats.rxDropped++;
      host.dropPacket(packet, DropReason.NIC_FOREIGN_MAC, this);
      return;
    }
    scrubPacket(packet, true);
    packet.dstPendingConfirm = false;
    packet.flowHash = 0;
    if (host.cost === null) {
      if (!this.features.gro) {
        host.netifRx(this, packet);
        return;
      }
      this.gro ??= new Gro(this);
      this.gro.receive(packet);
      this.gro.flushAfterInstant();
      return;
    }
    if (this.rxRing.push(packet)) return;
    this.stats.rxDropped++;
    host.dropPacket(packet, DropReason.FULL_RING, this);
  }

  /** The core has come to a frame that waited in the ring. */
  receiveFromRing(packet: Packet): void {
    const host = this.host;
    if (!host.running) {
      host.dropPacket(packet, DropReason.HOST_DOWN, this);
      return;
    }
    if (host.cost !== null) host.cost.charge(Stage.nicReceive, packet.tail - packet.head);
    if (!this.features.gro) {
      this.gro?.flush();
      host.netifRx(this, packet);
      return;
    }
    this.gro ??= new Gro(this);
    this.gro.receive(packet);
    if (this.rxRing.length === 0 || this.gro.framesPolled >= POLL_BUDGET) this.gro.flush();
  }

  protected xmit(packet: Packet): void {
    if (!this.host.running) {
      this.host.dropPacket(packet, DropReason.HOST_DOWN, this);
      return;
    }
    const lane = this.lane;
    if (lane === null) {
      this.stats.txDropped++;
      this.host.dropPacket(packet, DropReason.NO_CARRIER, this);
      return;
    }
    if (this.host.cost !== null) this.host.cost.charge(Stage.nicTransmit, packet.tail - packet.head);
    if (packet.gsoSize === 0) lane.send(packet, this.host.nowNs(), this.host);
    else this.sendSegments(lane, packet);
  }

  /** What the card does with a super-packet; its counters are of frames. */
  private sendSegments(lane: LinkLane, packet: Packet): void {
    const { host } = this;
    const network = frameNetworkOffset(packet);
    const segments = gsoSegments(packet, network);
    const { tracer } = host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'segmented', segments });
    this.stats.txPackets += segments - 1;
    this.stats.txBytes += gsoHeaderBytes(packet, network, segments);
    for (let i = 0; i < segments; i++)
      lane.send(gsoSegment(host.pool, packet, network, i), host.nowNs(), host);
    host.consumePacket(packet);
  }

  private isForeign(packet: Packet): boolean {
    const buf = packet.buf;
    const at = packet.head;
    if ((buf[at]! & 1) !== 0) return false;
    if ((this.flags & IFF_PROMISC) !== 0 && !this.refusesForeignMacs) return false;
    let key = 0;
    for (let i = 0; i < 6; i++) key = key * 256 + buf[at + i]!;
    return key !== this.macKey && (this.refusesForeignMacs || !this.extraAddresses.has(key));
  }
}
