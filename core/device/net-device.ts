import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { NeighbourParameters } from '../namespace/neighbour-parameters.ts';
import type { Neighbour } from '../namespace/neighbour.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { isBroadcastMac, macKeyOf } from '../../protocols/ethernet.ts';
import { DeviceFeatures } from './device-features.ts';
import { frameNetworkOffset, gsoSegment, gsoSegments } from '../packet/gso.ts';
import { Ipv4Configuration } from './ipv4-configuration.ts';
import type { Ipv6Configuration } from './ipv6-configuration.ts';
import type { L3Receiver } from './l3-receiver.ts';
import { MulticastList } from './multicast-list.ts';
import type { RxHandler } from './rx-handler.ts';
import type { Tap } from '../capture/tap.ts';

/** Device flags (include/uapi/linux/if.h). */
export const IFF_UP = 0x1;
export const IFF_BROADCAST = 0x2;
export const IFF_LOOPBACK = 0x8;
export const IFF_POINTOPOINT = 0x10;
export const IFF_NOARP = 0x80;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_MULTICAST = 0x1000;

/** tso_max_size of drivers for which length is no limit, and of those that say nothing (include/linux/netdevice.h). */
export const TSO_MAX_SIZE = 524280;
export const TSO_LEGACY_MAX_SIZE = 65536;

export const TAP_IN = 0;
export const TAP_OUT = 1;

/** Counters of a device (struct rtnl_link_stats64). */
export class DeviceStats {
  rxPackets = 0;
  rxBytes = 0;
  rxDropped = 0;
  txPackets = 0;
  txBytes = 0;
  txDropped = 0;
}

/**
 * A network device: what the kernel's struct net_device is to the stack.
 *
 * A frame leaves through `transmit`, which shows it to taps and hands it to the driver's `xmit`. A frame arrives
 * through `Host.netifRx`, which queues it; the host's loop then carries it up (see receive.ts). A frame's
 * bytes start at `packet.head`, at the Ethernet header, in both directions.
 */
export abstract class NetDevice {
  /** The kernel's name for the kind, as `ip -d link` prints it: 'veth', 'bridge', … ('' for a plain NIC). */
  abstract readonly kind: string;
  name: string;
  ifindex = 0;
  mtu = 1500;
  minMtu = 68;
  maxMtu = 65535;
  flags = IFF_BROADCAST | IFF_MULTICAST;
  /** Bytes of link header; 0 for a device without one. */
  hardHeaderLength = 14;
  readonly mac: Uint8Array;
  /** The MAC as one number (48 bits), kept in step by `setMac`. */
  macKey: number;
  /** Tells devices that share a MAC apart in IPv6 interface identifiers (dev_id); 0 for those that have their own. */
  deviceId = 0;
  readonly host: Host;
  netns: NetNamespace;
  /** ifindex of the other end or the lower device (IFLA_LINK), 0 when there is none. */
  linkIfindex = 0;
  /** The namespace `linkIfindex` belongs to, when it is not this device's. */
  linkNetns: NetNamespace | null = null;
  /** The bridge this device is a port of, or null. */
  master: NetDevice | null = null;
  /** Takes frames before the protocols do: a bridge port, a macvlan or ipvlan lower device. */
  rxHandler: RxHandler | null = null;
  /** Chooses routes for IPv4 packets that come in here before the namespace does: an ipvlan lower device in mode l3s. */
  l3Receiver: L3Receiver | null = null;
  /** 802.1Q sub-interfaces by VLAN id, or null when there are none. */
  vlans: Map<number, NetDevice> | null = null;
  /** Devices stacked on this one (802.1Q, macvlan, ipvlan), oldest first: they hear of its changes and go with it. */
  readonly uppers: NetDevice[] = [];
  /** Unicast addresses besides its own that the device must let in (dev->uc), with how many want each. */
  protected readonly extraAddresses = new Map<number, number>();
  /** Group addresses that the device must let in. */
  readonly groups = new MulticastList();
  taps: Tap[] | null = null;
  promiscuity = 0;
  /** Promiscuous mode was asked for by hand: only then do device listings show the flag (dev_get_flags). */
  promiscByHand = false;
  allmulti = 0;
  /** 'noop' until the device is first up. */
  qdisc = 'noop';
  txQueueLen = 1000;
  group = 'default';
  readonly stats = new DeviceStats();
  readonly ipv4: Ipv4Configuration;
  /** Set when the namespace runs IPv6 on this device. */
  ipv6: Ipv6Configuration | null = null;
  /** ARP entries by IPv4 address. */
  readonly arpTable = new Map<number, Neighbour>();
  arpParameters: NeighbourParameters | null = null;
  readonly features = new DeviceFeatures();

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array) {
    this.name = name;
    this.host = host;
    this.netns = netns;
    this.mac = new Uint8Array(mac);
    this.macKey = macKeyOf(this.mac, 0);
    this.ipv4 = new Ipv4Configuration(this);
  }

  /** Sends a frame on its way. The driver owns the packet from here on. */
  protected abstract xmit(packet: Packet): void;

  /** Whether the device can carry frames now; IFF_RUNNING and LOWER_UP follow it. */
  abstract get carrier(): boolean;

  get isUp(): boolean {
    return (this.flags & IFF_UP) !== 0;
  }

  /** Administratively up and with carrier. */
  get isRunning(): boolean {
    return (this.flags & IFF_UP) !== 0 && this.carrier;
  }

  /** dev_set_mac_address. What was learned with the old address is forgotten (neigh_changeaddr). */
  setMac(mac: Uint8Array): void {
    this.mac.set(mac);
    const macKey = macKeyOf(this.mac, 0);
    if (macKey === this.macKey) return;
    this.macKey = macKey;
    this.netns.ipv4.arp.flush(this);
  }

  /** tso_max_size in bytes. */
  get tsoMaxSize(): number {
    return TSO_MAX_SIZE;
  }

  /** Whether super-packets can be given to the driver at all. */
  get supportsTso(): boolean {
    return true;
  }

  /** Whether the driver can merge segments that arrive together. */
  get supportsGro(): boolean {
    return false;
  }

  /** dev_queue_xmit: shows the frame to taps and gives it to the driver. A super-packet is cut before if it must be. */
  transmit(packet: Packet): void {
    packet.dev = this;
    if ((this.flags & IFF_UP) === 0) {
      this.stats.txDropped++;
      this.host.dropPacket(packet, DropReason.DEV_READY, this);
      return;
    }
    if (packet.gsoSize !== 0 && !this.features.tso) {
      this.transmitSegments(packet);
      return;
    }
    const { tracer } = this.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'sent', dev: this });
    if (this.taps !== null) this.showTaps(packet, TAP_OUT);
    this.stats.txPackets++;
    this.stats.txBytes += packet.tail - packet.head;
    this.xmit(packet);
  }

  /** validate_xmit_skb: the frames of a super-packet, one by one. */
  private transmitSegments(packet: Packet): void {
    const network = this.hardHeaderLength === 0 ? packet.head : frameNetworkOffset(packet);
    const segments = gsoSegments(packet, network);
    const { tracer } = this.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'segmented', segments });
    for (let i = 0; i < segments; i++) this.transmit(gsoSegment(this.host.pool, packet, network, i));
    this.host.consumePacket(packet);
  }

  showTaps(packet: Packet, direction: number): void {
    const taps = this.taps!;
    packet.seal();
    const timeNs = this.host.nowNs();
    for (let i = 0; i < taps.length; i++) {
      taps[i]!.capture(timeNs, packet.buf, packet.head, packet.tail - packet.head, direction, packet.id);
    }
  }

  addTap(tap: Tap): void {
    if (this.taps === null) this.taps = [];
    this.taps.push(tap);
  }

  removeTap(tap: Tap): void {
    if (this.taps === null) return;
    const left = this.taps.filter((other) => other !== tap);
    this.taps = left.length > 0 ? left : null;
  }

  /** dev_set_promiscuity: counts the users of promiscuous mode. */
  setPromiscuity(change: number): void {
    this.promiscuity += change;
    const was = this.flags & IFF_PROMISC;
    if (this.promiscuity > 0) this.flags |= IFF_PROMISC;
    else this.flags &= ~IFF_PROMISC;
    if (was !== (this.flags & IFF_PROMISC)) this.promiscuityChanged();
  }

  /** Whether the driver filters by several unicast addresses (IFF_UNICAST_FLT). */
  get hasUnicastFilter(): boolean {
    return false;
  }

  /** dev_uc_add: frames for another address are wanted, too. Without a filter that takes promiscuous mode. */
  addUnicastAddress(macKey: number): void {
    const users = this.extraAddresses.get(macKey) ?? 0;
    this.extraAddresses.set(macKey, users + 1);
    if (users === 0) this.unicastAddressAdded(macKey);
  }

  /** dev_uc_del. */
  removeUnicastAddress(macKey: number): void {
    const users = this.extraAddresses.get(macKey);
    if (users === undefined) return;
    if (users > 1) {
      this.extraAddresses.set(macKey, users - 1);
      return;
    }
    this.extraAddresses.delete(macKey);
    this.unicastAddressRemoved(macKey);
  }

  /** dev_mc_add: frames for a group are wanted. */
  addGroup(macKey: number): void {
    if (this.groups.add(macKey)) this.groupAdded(macKey);
  }

  /** dev_mc_del. */
  removeGroup(macKey: number): void {
    if (this.groups.remove(macKey)) this.groupRemoved(macKey);
  }

  /** Whether a driver that filters by group lets in the frame whose destination is at `offset`. */
  letsInGroup(buf: Uint8Array, offset: number): boolean {
    if ((this.flags & (IFF_PROMISC | IFF_ALLMULTI)) !== 0 || this.allmulti > 0) return true;
    return isBroadcastMac(buf, offset) || this.groups.has(macKeyOf(buf, offset));
  }

  /** Called before an IPv4 address is added. Throws NetlinkError when the driver refuses. */
  checkAddress(_address: number): void {}

  /** Called by the namespace before it sets IFF_UP (ndo_open). Throws NetlinkError when the driver refuses. */
  opening(): void {}

  /** Called by the namespace after IFF_UP or the carrier changed. A driver overrides it to react. */
  stateChanged(): void {}

  /** Called by the namespace when it tells of a change to this device: flags, carrier, MTU, MAC, addresses. */
  changed(): void {}

  /** The same, when the device that this one is stacked on changed. */
  lowerChanged(): void {}

  /** Called by the namespace that the device was just put into, once it has its ifindex there. */
  namespaceChanged(): void {}

  /** Called on a master when one of its ports leaves the namespace. */
  releasePort(_port: NetDevice): void {}

  /** Called when the device is being removed from the machine. A driver overrides it to let go of others. */
  destroyed(): void {}

  protected promiscuityChanged(): void {}

  protected groupAdded(_macKey: number): void {}

  protected groupRemoved(_macKey: number): void {}

  protected unicastAddressAdded(_macKey: number): void {
    if (!this.hasUnicastFilter && this.extraAddresses.size === 1) this.setPromiscuity(1);
  }

  protected unicastAddressRemoved(_macKey: number): void {
    if (!this.hasUnicastFilter && this.extraAddresses.size === 0) this.setPromiscuity(-1);
  }
}
