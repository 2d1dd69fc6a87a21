import { isMulticastMac, macKeyOf } from '../../../protocols/ethernet.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import { PACKET_HOST, type Packet } from '../../packet/packet.ts';
import type { NetDevice } from '../net-device.ts';
import { receiveAnother } from '../receive.ts';
import type { RxHandler } from '../rx-handler.ts';
import { scrubPacket } from '../veth.ts';
import {
  MACVLAN_MODE_ALL,
  MACVLAN_MODE_BRIDGE,
  MACVLAN_MODE_PASSTHRU,
  MACVLAN_MODE_PRIVATE,
  MACVLAN_MODE_VEPA,
} from './macvlan-mode.ts';
import type { Macvlan } from './macvlan.ts';

/**
 * What macvlans make of the device they share (struct macvlan_port): takes the frames that are for one of them.
 *
 * A macvlan gets the frames of the groups it listens to; the kernel's filter has 256 hash buckets, this one has
 * no collisions. Not modelled: the work queue that hands out frames for groups, with its limit of 1000: they are
 * handed out at once, after the lower device's own stack has had them.
 */
export class MacvlanPort implements RxHandler {
  readonly lower: NetDevice;
  /** Oldest first. */
  readonly children: Macvlan[] = [];
  /** Those that are up, by MAC. */
  private readonly byMac = new Map<number, Macvlan>();
  /** The same in the order of the kernel's hash, in which group frames are handed out. */
  private inHashOrder: readonly Macvlan[] = [];
  private readonly originalMac: Uint8Array;

  constructor(lower: NetDevice) {
    this.lower = lower;
    this.originalMac = lower.mac.slice();
  }

  get isPassthru(): boolean {
    return this.children[0]?.mode === MACVLAN_MODE_PASSTHRU;
  }

  add(child: Macvlan): void {
    this.children.push(child);
  }

  /** The last one takes the port with it; a MAC that passthru mode changed comes back (macvlan_port_destroy). */
  remove(child: Macvlan): void {
    const wasPassthru = this.isPassthru;
    this.children.splice(this.children.indexOf(child), 1);
    if (this.children.length > 0) return;
    this.lower.rxHandler = null;
    if (!wasPassthru || this.originalMac.every((byte, i) => byte === this.lower.mac[i])) return;
    this.lower.setMac(this.originalMac);
    this.lower.netns.notifyChanged(this.lower);
  }

  /** The children that are up have changed, or the MAC of one. */
  rehash(): void {
    this.byMac.clear();
    for (const child of this.children) if (child.isUp) this.byMac.set(child.macKey, child);
    this.inHashOrder = [...this.byMac.values()]
      .reverse()
      .sort((a, b) => macvlanHash(a.mac) - macvlanHash(b.mac));
  }

  /** macvlan_addr_busy: another device of this port has the address. */
  isAddressBusy(macKey: number, except: Macvlan): boolean {
    if (!this.isPassthru && macKey === this.lower.macKey) return true;
    const owner = this.byMac.get(macKey);
    return owner !== undefined && owner !== except;
  }

  /** The bridge-mode macvlan that has the destination's MAC. */
  bridgeDestination(packet: Packet): Macvlan | null {
    const child = this.byMac.get(macKeyOf(packet.buf, packet.head));
    return child !== undefined && child.mode === MACVLAN_MODE_BRIDGE ? child : null;
  }

  /** macvlan_handle_frame. */
  handleFrame(packet: Packet): boolean {
    const at = packet.macOffset;
    if (isMulticastMac(packet.buf, at)) return this.handleGroupFrame(packet);
    const child = this.isPassthru ? this.children[0]! : this.byMac.get(macKeyOf(packet.buf, at));
    if (child === undefined) return false;
    if (!child.isUp) {
      this.lower.host.dropPacket(packet, DropReason.DEV_READY, child);
      return true;
    }
    packet.pktType = PACKET_HOST;
    packet.head = at;
    receiveAnother(child, packet);
    return true;
  }

  /**
   * macvlan_broadcast: a copy to every macvlan of the given modes but `from`. `local`: the frame is a sibling's,
   * not from outside.
   */
  broadcast(packet: Packet, macOffset: number, from: Macvlan | null, modes: number, local: boolean): void {
    for (const child of this.inHashOrder) {
      if (child === from || (child.mode & modes) === 0) continue;
      if (!child.letsInGroup(packet.buf, macOffset)) continue;
      const copy = child.host.pool.clone(packet);
      copy.head = macOffset;
      if (local) scrubPacket(copy, child.netns !== from!.netns);
      child.host.netifRx(child, copy);
    }
  }

  private handleGroupFrame(packet: Packet): boolean {
    const at = packet.macOffset;
    const from = this.byMac.get(macKeyOf(packet.buf, at + 6)) ?? null;
    if (from === null) {
      this.broadcast(packet, at, null, MACVLAN_MODE_ALL, false);
      return false;
    }
    switch (from.mode) {
      case MACVLAN_MODE_PRIVATE:
      case MACVLAN_MODE_PASSTHRU:
        // Its own frame has come back: nobody else may see it.
        packet.head = at;
        from.host.netifRx(from, packet);
        return true;
      case MACVLAN_MODE_VEPA:
        this.broadcast(packet, at, from, MACVLAN_MODE_VEPA | MACVLAN_MODE_BRIDGE, false);
        return false;
      default:
        // Those in bridge mode saw it on its way out.
        this.broadcast(packet, at, from, MACVLAN_MODE_VEPA, false);
        return false;
    }
  }
}

/** macvlan_eth_hash: the bucket of an address on a little-endian machine. */
function macvlanHash(mac: Uint8Array): number {
  let value = 0n;
  for (let i = 5; i >= 0; i--) value = (value << 8n) | BigInt(mac[i]!);
  const product = ((value << 16n) * 0x61c8864680b583ebn) & 0xffff_ffff_ffff_ffffn;
  return Number(product >> 56n);
}
