import type { IpAddress } from '../../protocols/ip-address.ts';
import { put16 } from '../../protocols/bytes.ts';
import type { NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { Timer } from '../sim/timer.ts';
import { wheelExpiryNs } from '../sim/timer-wheel.ts';
import type { NeighbourParameters } from './neighbour-parameters.ts';

/** Neighbour states (include/uapi/linux/neighbour.h). */
export const NUD_NONE = 0x00;
export const NUD_INCOMPLETE = 0x01;
export const NUD_REACHABLE = 0x02;
export const NUD_STALE = 0x04;
export const NUD_DELAY = 0x08;
export const NUD_PROBE = 0x10;
export const NUD_FAILED = 0x20;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
export const NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;
export const NUD_VALID = NUD_CONNECTED | NUD_PROBE | NUD_STALE | NUD_DELAY;
export const NUD_IN_TIMER = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE;

/** The family's part: how to ask, and whom to tell when nobody answers. */
export interface NeighbourFamily {
  /** Sends a probe: to the known hardware address when `unicast`, else to all. `queued` is the waiting packet. */
  solicit(neighbour: Neighbour, unicast: boolean, queued: Packet | null): void;
  /** Resolution failed for a packet that waited; the family frees it. */
  unresolved(neighbour: Neighbour, packet: Packet): void;
  /** EtherType of the packets sent through these entries. */
  readonly protocol: number;
}

/**
 * A neighbour entry: the state machine of net/core/neighbour.c (RFC 4861 section 7.3 calls it NUD), for ARP and
 * ND alike. Packets sent while the address is being resolved wait here, up to `queueLenBytes`, oldest out first.
 */
export class Neighbour {
  readonly address: IpAddress;
  readonly dev: NetDevice;
  readonly family: NeighbourFamily;
  readonly parameters: NeighbourParameters;
  state = NUD_NONE;
  /** Destination MAC, source MAC and EtherType, ready to be copied before a packet (hh_cache). */
  readonly header = new Uint8Array(14);
  /** A packet was sent with the header (hh_len): only then is the short way open, which does not count as use. */
  private hasCachedHeader = false;
  confirmedNs = 0;
  /** When a packet last took the long way (neigh_event_send). */
  usedNs = 0;
  updatedNs = 0;
  probes = 0;
  /** Proxied or learned from outside (NTF_EXT_LEARNED and the like); printed by `ip neigh`. */
  isRouter = false;
  private readonly timer: Timer;
  private readonly waiting: Packet[] = [];
  private waitingBytes = 0;

  constructor(address: IpAddress, dev: NetDevice, family: NeighbourFamily, parameters: NeighbourParameters) {
    this.address = address;
    this.dev = dev;
    this.family = family;
    this.parameters = parameters;
    this.timer = dev.host.timer(() => this.timerExpired());
    const now = this.nowNs;
    // An entry is born as if it had been confirmed two base times ago, as neigh_alloc and __neigh_create do.
    this.confirmedNs = now - parameters.baseReachableTimeNs * 2;
    this.usedNs = now;
    this.updatedNs = now;
    put16(this.header, 12, family.protocol);
  }

  private get nowNs(): number {
    return this.dev.host.sim.nowNs;
  }

  get isValid(): boolean {
    return (this.state & NUD_VALID) !== 0;
  }

  /** The hardware address, six bytes of `header`. */
  get lladdr(): Uint8Array {
    return this.header.subarray(0, 6);
  }

  /** sock_confirm_neigh and neigh_output: sends a packet whose `head` is at the network header. */
  send(packet: Packet): void {
    // neigh_confirm: the upper layer knows that the neighbour answered.
    if (packet.dstPendingConfirm) this.confirmedNs = this.nowNs;
    if (this.hasCachedHeader && (this.state & NUD_CONNECTED) !== 0) this.transmit(packet);
    else this.resolveAndSend(packet);
  }

  /**
   * neigh_update: news about the neighbour. `lladdr` null keeps the address. With `override` an address that
   * differs replaces the known one; without it, it makes the entry stale when it is connected.
   */
  update(lladdr: Uint8Array | null, lladdrOffset: number, newState: number, override: boolean): void {
    const now = this.nowNs;
    const old = this.state;
    if ((newState & NUD_VALID) === 0) {
      this.timer.cancel();
      this.state = newState;
      if ((old & (NUD_INCOMPLETE | NUD_PROBE)) !== 0 && (newState & NUD_FAILED) !== 0) this.failWaiting();
      return;
    }
    const differs = lladdr !== null && (!this.isValid || !this.hasAddress(lladdr, lladdrOffset));
    if ((newState & NUD_CONNECTED) !== 0) this.confirmedNs = now;
    let state = newState;
    let takeAddress = differs;
    if ((old & NUD_VALID) !== 0 && differs && !override) {
      takeAddress = false;
      if ((old & NUD_CONNECTED) !== 0) state = NUD_STALE;
      else return;
    } else if ((old & NUD_VALID) !== 0 && !differs && state === NUD_STALE) {
      // Old news about a known address: a connected or probing entry keeps its state.
      state = old;
    }
    if (takeAddress || state !== old) this.updatedNs = now;
    if (state !== old) this.enter(state);
    if (takeAddress) {
      for (let i = 0; i < 6; i++) this.header[i] = lladdr![lladdrOffset + i]!;
      if ((state & NUD_CONNECTED) === 0) {
        this.confirmedNs = now - this.parameters.baseReachableTimeNs * 2;
      }
    }
    if ((old & NUD_VALID) === 0) this.releaseWaiting();
  }

  /** Sets a static entry, as `ip neigh add … nud permanent` does. */
  setPermanent(lladdr: Uint8Array): void {
    this.update(lladdr, 0, NUD_PERMANENT, true);
  }

  /** Starts resolution, or a check of a stale address, as if a packet were sent (neigh_event_send). True when usable. */
  use(): boolean {
    if ((this.state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) !== 0) return true;
    return this.startUse(null);
  }

  /** The device or namespace is gone: the timer stops and waiting packets are dropped. */
  destroy(): void {
    this.timer.cancel();
    this.state = NUD_NONE;
    for (const packet of this.waiting.splice(0)) {
      this.dev.host.dropPacket(packet, DropReason.NEIGH_DEAD, this.dev);
    }
    this.waitingBytes = 0;
  }

  /** neigh_resolve_output: the way of all packets but those that find the entry connected and its header made. */
  private resolveAndSend(packet: Packet): void {
    this.usedNs = this.nowNs;
    const isUsable = (this.state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) !== 0;
    if (!isUsable && !this.startUse(packet)) return;
    this.hasCachedHeader = true;
    this.transmit(packet);
  }

  /** __neigh_event_send: true when the packet may go now; else it waits (or was dropped). */
  private startUse(packet: Packet | null): boolean {
    if ((this.state & NUD_STALE) !== 0) {
      this.state = NUD_DELAY;
      this.updatedNs = this.nowNs;
      this.arm(this.parameters.delayProbeTimeNs);
      return true;
    }
    const fresh = (this.state & NUD_INCOMPLETE) === 0;
    if (fresh && this.parameters.mcastProbes + this.parameters.appProbes === 0) {
      this.state = NUD_FAILED;
      if (packet !== null) this.dev.host.dropPacket(packet, DropReason.NEIGH_FAILED, this.dev);
      return false;
    }
    if (packet !== null) this.hold(packet);
    if (fresh) {
      this.state = NUD_INCOMPLETE;
      this.updatedNs = this.nowNs;
      this.arm(this.parameters.retransTimeNs);
      this.probes = 1;
      this.family.solicit(this, false, this.waiting[0] ?? null);
    }
    return false;
  }

  private hold(packet: Packet): void {
    const length = packet.tail - packet.head;
    while (this.waitingBytes + length > this.parameters.queueLenBytes && this.waiting.length > 0) {
      const oldest = this.waiting.shift()!;
      this.waitingBytes -= oldest.tail - oldest.head;
      this.dev.host.dropPacket(oldest, DropReason.NEIGH_QUEUEFULL, this.dev);
    }
    const { tracer } = this.dev.host.env;
    if (tracer !== null) tracer.step(this.dev.netns, packet, { kind: 'waiting', neighbour: this });
    this.waiting.push(packet);
    this.waitingBytes += length;
  }

  private transmit(packet: Packet): void {
    const dev = this.dev;
    if (packet.head < 14) dev.host.pool.ensureHeadroom(packet, 14);
    const header = this.header;
    const source = dev.mac;
    const buf = packet.buf;
    const at = packet.head - 14;
    for (let i = 0; i < 6; i++) {
      buf[at + i] = header[i]!;
      buf[at + 6 + i] = source[i]!;
    }
    buf[at + 12] = header[12]!;
    buf[at + 13] = header[13]!;
    packet.macOffset = at;
    packet.head = at;
    dev.transmit(packet);
  }

  private enter(state: number): void {
    this.timer.cancel();
    this.state = state;
    if (state === NUD_REACHABLE) this.arm(this.parameters.reachableTimeNs);
    else if (state === NUD_DELAY) this.arm(this.parameters.delayProbeTimeNs);
    else if (state === NUD_PROBE) this.timer.arm(0);
  }

  /** neigh_timer_handler. */
  private timerExpired(): void {
    const now = this.nowNs;
    const parameters = this.parameters;
    if (this.state === NUD_REACHABLE) {
      if (now < this.confirmedNs + parameters.reachableTimeNs) {
        this.arm(this.confirmedNs + parameters.reachableTimeNs - now);
        return;
      }
      this.updatedNs = now;
      if (now < this.usedNs + parameters.delayProbeTimeNs) {
        this.state = NUD_DELAY;
        this.arm(parameters.delayProbeTimeNs);
      } else {
        this.state = NUD_STALE;
      }
      return;
    }
    if (this.state === NUD_DELAY) {
      this.updatedNs = now;
      if (now < this.confirmedNs + parameters.delayProbeTimeNs) {
        this.state = NUD_REACHABLE;
        this.arm(this.confirmedNs + parameters.reachableTimeNs - now);
        return;
      }
      this.state = NUD_PROBE;
      this.probes = 0;
    }
    this.probe(now);
  }

  private probe(now: number): void {
    const parameters = this.parameters;
    const limit = this.state === NUD_PROBE ? parameters.ucastProbes : parameters.mcastProbes;
    if (this.probes >= limit) {
      this.state = NUD_FAILED;
      this.updatedNs = now;
      this.failWaiting();
      return;
    }
    this.probes++;
    this.arm(parameters.retransTimeNs);
    this.family.solicit(this, this.state === NUD_PROBE, this.waiting[0] ?? null);
  }

  private failWaiting(): void {
    this.waitingBytes = 0;
    for (const packet of this.waiting.splice(0)) this.family.unresolved(this, packet);
  }

  private releaseWaiting(): void {
    this.waitingBytes = 0;
    for (const packet of this.waiting.splice(0)) this.send(packet);
  }

  /** mod_timer: with the lateness of the kernel's timer wheel, which shows between probes. */
  private arm(delayNs: number): void {
    this.timer.armAt(wheelExpiryNs(this.nowNs, delayNs));
  }

  private hasAddress(lladdr: Uint8Array, offset: number): boolean {
    for (let i = 0; i < 6; i++) if (this.header[i] !== lladdr[offset + i]) return false;
    return true;
  }
}
