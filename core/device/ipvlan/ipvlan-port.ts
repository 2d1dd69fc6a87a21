import { isMulticastMac, sameMac } from '../../../protocols/ethernet.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { IFF_NOARP, type NetDevice } from '../net-device.ts';
import { receiveAnother } from '../receive.ts';
import type { RxHandler } from '../rx-handler.ts';
import { scrubPacket } from '../veth.ts';
import { IpvlanAddresses } from './ipvlan-addresses.ts';
import { IpvlanL3sReceiver } from './ipvlan-l3s-receiver.ts';
import { IPVLAN_BRIDGE, IPVLAN_MODE_L2, IPVLAN_MODE_L3, IPVLAN_MODE_L3S } from './ipvlan-mode.ts';
import type { Ipvlan } from './ipvlan.ts';

/**
 * What ipvlans make of the device they share (struct ipvl_port, ipvlan_core.c): mode and flag are the same for all
 * of them, and the last one made decides. An ipvlan gets the frames of the groups it listens to; the kernel's
 * filter has 256 hash buckets, this one has no collisions. Not modelled: the work queue that hands out frames for
 * groups, with its limit of 1000: they are handed out at once.
 */
export class IpvlanPort implements RxHandler {
  readonly lower: NetDevice;
  readonly children: Ipvlan[] = [];
  readonly addresses = new IpvlanAddresses();
  mode = IPVLAN_MODE_L3;
  flag = IPVLAN_BRIDGE;
  private l3s: IpvlanL3sReceiver | null = null;
  private nextDeviceId = 1;

  constructor(lower: NetDevice) {
    this.lower = lower;
  }

  /** A number for a new child, which tells its interface identifiers from those of its siblings (dev_id). */
  takeDeviceId(): number {
    return this.nextDeviceId++;
  }

  /** ipvlan_set_port_mode. */
  setMode(mode: number, flag: number): void {
    this.mode = mode;
    this.flag = flag;
    for (const child of this.children) {
      child.flags = mode === IPVLAN_MODE_L2 ? child.flags & ~IFF_NOARP : child.flags | IFF_NOARP;
    }
    if ((mode === IPVLAN_MODE_L3S) === (this.l3s !== null)) return;
    this.l3s?.remove();
    this.l3s = mode === IPVLAN_MODE_L3S ? new IpvlanL3sReceiver(this) : null;
  }

  add(child: Ipvlan): void {
    this.children.push(child);
    this.setMode(this.mode, this.flag);
  }

  remove(child: Ipvlan): void {
    this.children.splice(this.children.indexOf(child), 1);
    this.addresses.rebuild(this.children);
    if (this.children.length > 0) return;
    this.l3s?.remove();
    this.lower.rxHandler = null;
  }

  /** ipvlan_handle_frame. */
  handleFrame(packet: Packet): boolean {
    if (this.mode === IPVLAN_MODE_L3S) return false;
    if (this.mode === IPVLAN_MODE_L2 && isMulticastMac(packet.buf, packet.macOffset)) {
      if (this.isExternal(packet)) this.broadcast(packet, packet.macOffset, null);
      return false;
    }
    const child = this.addresses.find(packet.buf, packet.head, packet.tail, packet.protocol, false);
    if (child === null) return false;
    packet.head = packet.macOffset;
    receiveAnother(child, packet);
    return true;
  }

  /** Gives a child's frame (`head` at the Ethernet header) to a sibling (ipvlan_rcv_frame, local). */
  deliver(packet: Packet, from: Ipvlan, to: Ipvlan): void {
    const { host } = from;
    if (!to.isUp) {
      host.dropPacket(packet, DropReason.DEV_READY, to);
      return;
    }
    scrubPacket(packet, from.netns !== to.netns);
    host.netifRx(to, packet);
  }

  /** ipvlan_process_multicast: a copy to every child but `from`. */
  broadcast(packet: Packet, macOffset: number, from: Ipvlan | null): void {
    for (const child of this.children) {
      if (child === from || !child.isUp || !child.letsInGroup(packet.buf, macOffset)) continue;
      const copy = child.host.pool.clone(packet);
      copy.head = macOffset;
      scrubPacket(copy, from === null || child.netns !== from.netns);
      child.host.netifRx(child, copy);
    }
  }

  /** ipvlan_external_frame: not one of ours that has come back. */
  private isExternal(packet: Packet): boolean {
    if (!sameMac(packet.buf, packet.macOffset + 6, this.lower.mac, 0)) return true;
    return this.addresses.find(packet.buf, packet.head, packet.tail, packet.protocol, true) === null;
  }
}
