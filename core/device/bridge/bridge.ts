import { isBroadcastMac, isMulticastMac, macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import { Stage } from '../../host/cost-meter.ts';
import type { Host } from '../../host/host.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { IFF_PROMISC, NetDevice, TSO_LEGACY_MAX_SIZE } from '../net-device.ts';
import { receiveAnother } from '../receive.ts';
import { BridgeNetfilter } from './bridge-netfilter.ts';
import { BR_STATE_FORWARDING, BridgePort } from './bridge-port.ts';
import { FdbEntry, FdbTable } from './fdb-table.ts';

/** Where multicast routers are heard of (RFC 4286): a bridge that snoops listens there. */
const ALL_SNOOPERS4 = 0xe000006a;
const ALL_SNOOPERS6 = new Ipv6Address(0xff020000, 0, 0, 0x6a);
const DEFAULT_AGEING_NS = 300_000_000_000;
/** Ethernet header and VLAN tag above the MTU (is_skb_forwardable). */
const FORWARDABLE_EXTRA = 14 + 4;

/**
 * A bridge (net/bridge): learning, flooding, the bridge's own port, br_netfilter. Ports are visited newest first,
 * as the kernel's list has them. Not modelled: STP, VLAN filtering (the default PVID's entries are only shown),
 * IGMP and MLD snooping (groups flood, as they do on a bridge without a querier).
 */
export class Bridge extends NetDevice {
  readonly kind = 'bridge';
  readonly ports: BridgePort[] = [];
  readonly fdb = new FdbTable();
  readonly netfilter: BridgeNetfilter;
  ageingTimeNs = DEFAULT_AGEING_NS;
  macHigh: number;
  macLow: number;
  stpEnabled = false;
  vlanFiltering = false;
  /** Without VLAN filtering it only shows: local MACs are listed once more under this VLAN; 0 for none. */
  vlanDefaultPvid = 1;
  multicastSnooping = true;
  /** The MAC was set by hand, so it does not follow the ports' lowest. */
  macIsFixed: boolean;
  /** The MTU was set by hand, so it does not follow the ports' lowest. */
  mtuIsFixed = false;
  private hasHadPorts = false;
  private joinedSnoopers = false;

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array, macIsFixed: boolean) {
    super(name, host, netns, mac);
    this.macHigh = macHigh16(this.mac, 0);
    this.macLow = macLow32(this.mac, 0);
    this.macIsFixed = macIsFixed;
    this.netfilter = new BridgeNetfilter(this);
    this.insertLocal(this.mac, null);
  }

  get carrier(): boolean {
    for (let i = 0; i < this.ports.length; i++) if (this.ports[i]!.dev.isRunning) return true;
    return false;
  }

  /** A new device's until ports come or go, then the smallest of theirs (br_set_gso_limits). */
  override get tsoMaxSize(): number {
    if (!this.hasHadPorts) return TSO_LEGACY_MAX_SIZE;
    return Math.min(super.tsoMaxSize, ...this.ports.map(({ dev }) => dev.tsoMaxSize));
  }

  /** Without carrier the queue is the one that drops everything, unseen by taps (noop_enqueue in sch_generic.c). */
  override transmit(packet: Packet): void {
    if (!this.isUp || this.carrier) super.transmit(packet);
    else this.host.dropPacket(packet, DropReason.NO_CARRIER, this);
  }

  override setMac(mac: Uint8Array): void {
    const old = this.fdb.find(this.macHigh, this.macLow);
    if (old !== null && old.port === null) this.fdb.remove(old);
    super.setMac(mac);
    this.macHigh = macHigh16(this.mac, 0);
    this.macLow = macLow32(this.mac, 0);
    this.insertLocal(this.mac, null);
  }

  /** The lowest number that no port has (find_portno in net/bridge/br_if.c). */
  private freePortNumber(): number {
    let number = 1;
    while (this.ports.some(({ portNumber }) => portNumber === number)) number++;
    return number;
  }

  /** br_add_if: makes a device a port. Throws when it is one already. */
  addPort(dev: NetDevice): BridgePort {
    if (dev.master !== null) throw new Error('Device or resource busy');
    const port = new BridgePort(this, dev, this.freePortNumber());
    this.ports.unshift(port);
    dev.master = this;
    dev.rxHandler = port;
    dev.setPromiscuity(1);
    dev.allmulti++;
    this.insertLocal(dev.mac, port);
    this.hasHadPorts = true;
    this.portsChanged();
    return port;
  }

  /** br_del_if. */
  removePort(dev: NetDevice): void {
    const index = this.ports.findIndex((port) => port.dev === dev);
    if (index < 0) return;
    const [port] = this.ports.splice(index, 1);
    dev.master = null;
    dev.rxHandler = null;
    dev.setPromiscuity(-1);
    dev.allmulti--;
    for (const entry of this.fdb.list()) if (entry.port === port) this.fdb.remove(entry);
    this.portsChanged();
    this.insertLocal(this.mac, null);
  }

  portOf(dev: NetDevice): BridgePort | undefined {
    return this.ports.find((port) => port.dev === dev);
  }

  override releasePort(port: NetDevice): void {
    this.removePort(port);
  }

  /** The MAC of a port changed (br_fdb_changeaddr). */
  portAddressChanged(port: BridgePort): void {
    for (const entry of this.fdb.list()) if (entry.port === port && entry.isLocal) this.fdb.remove(entry);
    this.insertLocal(port.dev.mac, port);
    this.portsChanged();
  }

  /** br_dev_open: the groups are joined before the device counts as up, so that nothing is reported yet. */
  override opening(): void {
    if (!this.multicastSnooping || this.joinedSnoopers) return;
    this.joinedSnoopers = true;
    this.ipv4.multicast!.join(ALL_SNOOPERS4);
    this.ipv6?.multicast.join(ALL_SNOOPERS6);
  }

  /** br_dev_stop. */
  override stateChanged(): void {
    if (this.isUp || !this.joinedSnoopers) return;
    this.joinedSnoopers = false;
    this.ipv4.multicast!.leave(ALL_SNOOPERS4);
    this.ipv6?.multicast.leave(ALL_SNOOPERS6);
  }

  override destroyed(): void {
    for (const port of this.ports.slice()) this.removePort(port.dev);
  }

  /** NF_BR_PRE_ROUTING: br_netfilter, then handleFrameFinish. */
  preRouting(port: BridgePort, packet: Packet): void {
    if (this.host.cost !== null) this.host.cost.charge(Stage.bridge, packet.tail - packet.head);
    if (this.host.bridgeNetfilter.loaded && this.netfilter.preRouting(port, packet)) return;
    this.handleFrameFinish(port, packet);
  }

  /** br_handle_frame_finish: learns the source and finds the way. `head` is behind the Ethernet header. */
  handleFrameFinish(port: BridgePort, packet: Packet): void {
    const buf = packet.buf;
    const at = packet.macOffset;
    if (port.learning) this.learn(port, macHigh16(buf, at + 6), macLow32(buf, at + 6));
    const promiscuous = (this.flags & IFF_PROMISC) !== 0;
    if (isMulticastMac(buf, at)) {
      this.flood(port, packet, isBroadcastMac(buf, at), true);
      return;
    }
    const entry = this.lookup(macHigh16(buf, at), macLow32(buf, at));
    if (entry === null) {
      this.flood(port, packet, false, promiscuous);
      return;
    }
    if (entry.isLocal) {
      this.passUp(packet, false);
      return;
    }
    const to = entry.port!;
    if (!this.shouldDeliver(to, port)) {
      if (promiscuous) this.passUp(packet, true);
      else this.host.dropPacket(packet, DropReason.BRIDGE_HAIRPIN, port.dev);
      return;
    }
    const { tracer } = this.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'bridged', bridge: this, to: to.dev });
    if (promiscuous) {
      const copy = this.host.pool.clone(packet);
      this.forward(to, copy, port);
      this.passUp(packet, true);
      return;
    }
    this.forward(to, packet, port);
  }

  /** br_dev_xmit: a frame of this machine's own; `head` is at the Ethernet header. */
  protected xmit(packet: Packet): void {
    if (packet.nfBridge !== null && this.netfilter.resumeDnat(packet)) return;
    const buf = packet.buf;
    const at = packet.head;
    if (this.host.cost !== null) this.host.cost.charge(Stage.bridge, packet.tail - at);
    packet.macOffset = at;
    packet.head = at + 14;
    if (isMulticastMac(buf, at)) {
      this.flood(null, packet, isBroadcastMac(buf, at), false);
      return;
    }
    const entry = this.lookup(macHigh16(buf, at), macLow32(buf, at));
    if (entry !== null && entry.port !== null && !entry.isLocal) {
      if (!this.shouldDeliver(entry.port, null)) {
        this.host.dropPacket(packet, DropReason.BRIDGE_NO_FORWARD, this);
        return;
      }
      const { tracer } = this.host.env;
      if (tracer !== null)
        tracer.step(this.netns, packet, { kind: 'bridged', bridge: this, to: entry.port.dev });
      this.forward(entry.port, packet, null);
      return;
    }
    this.flood(null, packet, false, false);
  }

  /** __br_forward: the FORWARD hook for what is bridged, then out of the port. */
  forward(to: BridgePort, packet: Packet, from: BridgePort | null): void {
    packet.dev = to.dev;
    if (from !== null && packet.nfBridge !== null && this.netfilter.forward(to, packet)) return;
    this.postRouting(to, packet);
  }

  /** br_forward_finish: POSTROUTING by br_netfilter, then the queue of the port. */
  postRouting(to: BridgePort, packet: Packet): void {
    if (packet.nfBridge !== null && this.netfilter.postRouting(to, packet)) return;
    this.pushXmit(to, packet);
  }

  /** br_dev_queue_push_xmit. */
  pushXmit(to: BridgePort, packet: Packet): void {
    packet.head = packet.macOffset;
    packet.nfBridge = null;
    if (packet.tail - packet.head > to.dev.mtu + FORWARDABLE_EXTRA && packet.gsoSize === 0) {
      this.host.sizeLog.note('dropped', packet, to.dev.mtu, to.dev);
      this.host.dropPacket(packet, DropReason.EXCEEDS_MTU, to.dev);
      return;
    }
    to.dev.transmit(packet);
  }

  /**
   * br_pass_frame_up: the frame is received by the bridge device itself. Its type stays what the port found: a
   * frame for another machine that only promiscuous mode shows is still not for us. `promiscuous`: it is the bridge's
   * promiscuous mode that brings it up, not its address.
   */
  private passUp(packet: Packet, promiscuous: boolean): void {
    if (promiscuous && this.host.bridgeNetfilter.loaded) this.netfilter.localInPromiscuous(packet);
    packet.head = packet.macOffset;
    receiveAnother(this, packet);
  }

  /** br_fdb_update. */
  private learn(port: BridgePort, macHigh: number, macLow: number): void {
    const now = this.host.sim.nowNs;
    const entry = this.fdb.find(macHigh, macLow);
    if (entry === null) {
      this.fdb.insert(new FdbEntry(macHigh, macLow, port, false, false, now));
      return;
    }
    // "received packet with own address as source address": not learned.
    if (entry.isLocal) return;
    if (entry.port !== port && !entry.isStatic) entry.port = port;
    entry.updatedNs = now;
  }

  /** br_fdb_find_rcu, an aged entry counting as missing. */
  private lookup(macHigh: number, macLow: number): FdbEntry | null {
    const entry = this.fdb.find(macHigh, macLow);
    if (entry === null || entry.isLocal || entry.isStatic) return entry;
    if (entry.updatedNs + this.ageingTimeNs <= this.host.sim.nowNs) {
      this.fdb.remove(entry);
      return null;
    }
    return entry;
  }

  /** should_deliver. */
  private shouldDeliver(to: BridgePort, from: BridgePort | null): boolean {
    if (to.state !== BR_STATE_FORWARDING) return false;
    if (from === null) return true;
    if (from === to && !to.hairpinMode) return false;
    return !(from.isolated && to.isolated);
  }

  /** br_flood: a copy to every other port, and up the stack when `localReceive`. */
  private flood(from: BridgePort | null, packet: Packet, broadcast: boolean, localReceive: boolean): void {
    const multicast = (packet.buf[packet.macOffset]! & 1) !== 0;
    const { tracer } = this.host.env;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'flooded', bridge: this, isGroup: multicast });
    let pending: BridgePort | null = null;
    for (let i = 0; i < this.ports.length; i++) {
      const port = this.ports[i]!;
      if (broadcast ? !port.bcastFlood : multicast ? !port.mcastFlood : !port.flood) continue;
      if (!this.shouldDeliver(port, from)) continue;
      if (pending !== null) this.forward(pending, this.host.pool.clone(packet), from);
      pending = port;
    }
    if (pending !== null) {
      this.forward(pending, localReceive ? this.host.pool.clone(packet) : packet, from);
      if (localReceive) this.passUp(packet, (this.flags & IFF_PROMISC) !== 0);
      return;
    }
    if (localReceive) this.passUp(packet, (this.flags & IFF_PROMISC) !== 0);
    else this.host.dropPacket(packet, DropReason.BRIDGE_NO_FORWARD, this);
  }

  private insertLocal(mac: Uint8Array, port: BridgePort | null): void {
    const macHigh = macHigh16(mac, 0);
    const macLow = macLow32(mac, 0);
    const known = this.fdb.find(macHigh, macLow);
    // Of several with the same address the first counts: a bridge that follows its ports has no entry of its own.
    if (known?.isLocal === true) return;
    if (known !== null) this.fdb.remove(known);
    this.fdb.insert(new FdbEntry(macHigh, macLow, port, true, true, this.host.sim.nowNs));
  }

  /** The bridge's MTU and, unless set, its MAC follow its ports (br_mtu_auto_adjust, br_stp_recalculate_bridge_id). */
  portsChanged(): void {
    if (!this.mtuIsFixed) {
      this.mtu = this.ports.length === 0 ? 1500 : Math.min(...this.ports.map((port) => port.dev.mtu));
    }
    if (!this.macIsFixed) {
      const lowest = this.ports.map((port) => port.dev).sort((a, b) => a.macKey - b.macKey)[0];
      if (lowest !== undefined && lowest.macKey !== this.macKey) this.setMac(lowest.mac);
    }
    this.netns.notifyChanged(this);
  }
}
