import { get16, put16 } from '../../../protocols/bytes.ts';
import { ecnDecapsulate, ecnEncapsulate } from '../../../protocols/ecn.ts';
import { ETHERTYPE, isMulticastMac, isZeroMac, macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import { IPV4, PROTO, hasIpv4DontFragment } from '../../../protocols/ipv4.ts';
import { UDP, UDP_HEADER_LENGTH, writeUdpHeader } from '../../../protocols/udp.ts';
import { VXLAN_HEADER_LENGTH, writeVxlanHeader } from '../../../protocols/vxlan.ts';
import { Stage } from '../../host/cost-meter.ts';
import type { Host } from '../../host/host.ts';
import { selectSourceAddress } from '../../namespace/ipv4-fib.ts';
import { ipSend, outputDevice, routeError } from '../../namespace/ipv4-output.ts';
import { RTN_LOCAL, type Ipv4Route } from '../../namespace/ipv4-route.ts';
import { NUD_PERMANENT } from '../../namespace/neighbour.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import { flowHash, flowHashKey, flowSourcePort, macHash } from '../../packet/flow-hash.ts';
import { PACKET_HOST, type Packet } from '../../packet/packet.ts';
import type { PacketLayer } from '../../trace/packet-layers.ts';
import { IFF_UP, NetDevice, TSO_LEGACY_MAX_SIZE } from '../net-device.ts';
import { scrubPacket } from '../veth.ts';
import { reduceArp } from './arp-proxy.ts';
import { outerUdpChecksum } from './outer-checksum.ts';
import { needsFragmentation, turnIntoFragmentationNeeded } from './tunnel-pmtu.ts';
import type { VxlanConfig } from './vxlan-config.ts';
import { vxlanDetails } from './vxlan-details.ts';
import { VxlanFdb, VxlanRemote, type FdbChange } from './vxlan-fdb.ts';
import { VxlanSocket } from './vxlan-socket.ts';

/** Outer IPv4, UDP and VXLAN headers and the inner Ethernet header (VXLAN_HEADROOM). */
export const VXLAN_OVERHEAD = 20 + 8 + 8 + 14;
/** What it is made of, for the log of packets that are too long. */
const VXLAN_LAYERS: readonly PacketLayer[] = [
  { name: 'IPv4', bytes: 20 },
  { name: 'UDP', bytes: 8 },
  { name: 'VXLAN', bytes: 8 },
  { name: 'Ethernet', bytes: 14 },
];
/** Room pushed in front of a frame, an outer Ethernet header and ESP's header and IV with it. */
const PUSH_ROOM = VXLAN_OVERHEAD + 16;
const ZERO_MAC = new Uint8Array(6);
const LOOPBACK_ADDRESS = 0x7f000001;

/**
 * A VXLAN device (drivers/net/vxlan, RFC 7348): Ethernet frames in UDP between VTEPs.
 *
 * What it sends and receives belongs to `linkNamespace`, the namespace it was made in, wherever the device is now.
 * Not modelled: multicast groups, IPv6 underlay and `neigh_reduce`, collect-metadata, route short-circuit, nexthop
 * groups, GBP, GPE and remote checksum offload. Super-packets are cut before they get here, so each frame is encapsulated
 * by itself (Linux can encapsulate them whole).
 */
export class Vxlan extends NetDevice {
  readonly kind = 'vxlan';
  readonly config: VxlanConfig;
  readonly linkNamespace: NetNamespace;
  readonly fdb: VxlanFdb;
  /** Notifications sent for MACs and addresses that nothing is known of (RTM_GETNEIGH with l2miss, l3miss). */
  l2Misses = 0;
  l3Misses = 0;
  private socket: VxlanSocket | null = null;
  private readonly hashKey: number;

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array, config: VxlanConfig) {
    super(name, host, netns, mac);
    this.config = config;
    this.linkNamespace = netns;
    this.fdb = new VxlanFdb(config.ageingS, config.maxAddresses);
    this.hashKey = flowHashKey(host);
    if (config.lower !== '') {
      const lower = this.lowerDevice(config.lower);
      this.linkIfindex = lower.ifindex;
      this.mtu = lower.mtu - VXLAN_OVERHEAD;
    }
    if (config.remote !== 0) this.changeFdb('add', ZERO_MAC, new VxlanRemote(config.remote, 0, -1, ''));
  }

  /** vxlan_vni_in_use: the device of `netns`, now there or moved, that has this VNI and port. */
  static inUse(netns: NetNamespace, vni: number, port: number): Vxlan | undefined {
    for (const namespace of netns.host.namespaces) {
      for (const dev of namespace.devices) {
        if (!(dev instanceof Vxlan) || dev.linkNamespace !== netns) continue;
        if (dev.config.vni === vni && dev.config.port === port) return dev;
      }
    }
    return undefined;
  }

  get carrier(): boolean {
    return this.isUp;
  }

  override get tsoMaxSize(): number {
    return TSO_LEGACY_MAX_SIZE;
  }

  override get supportsTso(): boolean {
    return false;
  }

  /** `bridge fdb add|append|replace … self`. Throws the kernel's complaint. */
  changeFdb(how: FdbChange, mac: Uint8Array, remote: VxlanRemote, state: number = NUD_PERMANENT): void {
    this.fdb.change(how, mac, state, remote, this.host.sim.nowNs);
  }

  /** `bridge fdb del … self`: one remote, or the whole entry when `remote` is null. False when it is not there. */
  removeFdb(mac: Uint8Array, remote: VxlanRemote | null): boolean {
    return this.fdb.remove(mac, remote, this.host.sim.nowNs);
  }

  override namespaceChanged(): void {
    const moved = this.netns !== this.linkNamespace;
    if (this.config.lower === '') this.linkIfindex = moved ? this.ifindex : 0;
    this.linkNetns = moved ? this.linkNamespace : null;
  }

  /** The settings, as `ip -d link` prints them after the kind. */
  linkDetails(): string {
    return vxlanDetails(this.config);
  }

  /** vxlan_open and vxlan_stop. */
  override stateChanged(): void {
    const { vni, port } = this.config;
    if (this.isUp === (this.socket !== null)) return;
    if (this.socket !== null) {
      this.socket.leave(vni);
      this.socket = null;
      this.fdb.flushLearned();
      return;
    }
    try {
      this.socket = VxlanSocket.join(this.linkNamespace, port, vni, this);
    } catch (error) {
      this.flags &= ~IFF_UP;
      throw error;
    }
  }

  /** vxlan_xmit: `head` is at the Ethernet header. */
  protected xmit(packet: Packet): void {
    const buf = packet.buf;
    const at = packet.head;
    if (this.config.proxy && get16(buf, at + 12) === ETHERTYPE.ARP) {
      this.uncountTransmit(packet);
      reduceArp(this, packet);
      return;
    }
    const now = this.host.sim.nowNs;
    const entry = this.fdb.find(macHigh16(buf, at), macLow32(buf, at), now) ?? this.fdb.find(0, 0, now);
    if (entry === null) {
      if (this.config.l2miss && !isMulticastMac(buf, at)) this.l2Misses++;
      this.dropOut(packet, DropReason.VXLAN_NO_REMOTE);
      return;
    }
    const remotes = entry.remotes;
    for (let i = 1; i < remotes.length; i++) {
      this.stats.txPackets++;
      this.stats.txBytes += packet.tail - at;
      this.sendTo(remotes[i]!, this.host.pool.clone(packet));
    }
    this.sendTo(remotes[0]!, packet);
  }

  /** vxlan_rcv from the inner frame on; `networkOffset` is still the outer header's. */
  receiveDecapsulated(packet: Packet): void {
    const host = this.host;
    const buf = packet.buf;
    const frame = packet.head;
    const outer = packet.networkOffset;
    if (packet.tail - frame < 14) {
      host.dropPacket(packet, DropReason.HDR_TRUNC, this);
      return;
    }
    if (host.cost !== null) host.cost.charge(Stage.vxlanDecap, packet.tail - frame);
    const sourceHigh = macHigh16(buf, frame + 6);
    const sourceLow = macLow32(buf, frame + 6);
    if (sourceLow === macLow32(this.mac, 0) && sourceHigh === macHigh16(this.mac, 0)) {
      host.dropPacket(packet, DropReason.VXLAN_LOCAL_MAC, this);
      return;
    }
    const vtep =
      ((buf[outer + IPV4.SOURCE]! << 24) |
        (buf[outer + IPV4.SOURCE + 1]! << 16) |
        (buf[outer + IPV4.SOURCE + 2]! << 8) |
        buf[outer + IPV4.SOURCE + 3]!) >>>
      0;
    const refused = this.config.learning ? this.snoop(packet, frame + 6, sourceHigh, sourceLow, vtep) : 0;
    if (refused !== 0) {
      host.dropPacket(packet, refused, this);
      return;
    }
    const isIpv4 = get16(buf, frame + 12) === ETHERTYPE.IPV4 && packet.tail - frame >= 34;
    if (isIpv4 && !ecnDecapsulate(buf, frame + 14, buf[outer + IPV4.TOS]!)) {
      host.dropPacket(packet, DropReason.VXLAN_ECN, this);
      return;
    }
    const { tracer } = host.env;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'decapsulated', dev: this, vni: this.config.vni });
    scrubPacket(packet, this.netns !== this.linkNamespace);
    packet.flowHash = 0;
    host.netifRx(this, packet);
  }

  /** vxlan_snoop: learns the VTEP of a frame's source; a drop reason when the frame is refused, else 0. */
  private snoop(packet: Packet, macOffset: number, macHigh: number, macLow: number, vtep: number): number {
    if (isMulticastMac(packet.buf, macOffset) || isZeroMac(packet.buf, macOffset)) {
      return DropReason.VXLAN_MC_SOURCE;
    }
    const now = this.host.sim.nowNs;
    const entry = this.fdb.find(macHigh, macLow, now);
    if (entry === null) {
      this.fdb.learn(macHigh, macLow, new VxlanRemote(vtep, 0, -1, ''), now);
      return 0;
    }
    const first = entry.remotes[0]!;
    if (first.address === vtep) return 0;
    if (entry.isStatic) return DropReason.VXLAN_ENTRY_EXISTS;
    first.address = vtep;
    first.routeGeneration = -1;
    entry.updatedNs = now;
    return 0;
  }

  /** vxlan_xmit_one. */
  private sendTo(remote: VxlanRemote, packet: Packet): void {
    const { config, linkNamespace } = this;
    if (remote.address === 0 || this.socket === null) {
      this.dropOut(packet, DropReason.VXLAN_NO_REMOTE);
      return;
    }
    packet.seal();
    const vni = remote.vni >= 0 ? remote.vni : config.vni;
    const port = remote.port !== 0 ? remote.port : config.port;
    const inner = this.innerTos(packet);
    const tos = config.tos === 'inherit' ? inner : config.tos;
    const route = this.routeTo(remote, packet, tos);
    if (route === null || routeError(route) !== 0 || outputDevice(linkNamespace, route) === this) {
      this.dropOut(packet, DropReason.IP_OUTNOROUTES);
      return;
    }
    if (route.type === RTN_LOCAL) {
      this.sendLocally(packet, vni, port);
      return;
    }
    const mtu = linkNamespace.ipv4.pathMtu.mtu(route, remote.address) - VXLAN_OVERHEAD;
    if (this.master !== null && needsFragmentation(packet, mtu)) {
      packet.networkOffset = packet.head + 14;
      this.host.sizeLog.note('dropped', packet, mtu + VXLAN_OVERHEAD, route.dev, VXLAN_LAYERS);
      const { tracer } = this.host.env;
      if (tracer !== null) tracer.step(this.netns, packet, { kind: 'refused-by-tunnel', dev: this, mtu });
      turnIntoFragmentationNeeded(packet, mtu);
      scrubPacket(packet, false);
      this.host.netifRx(this, packet);
      return;
    }
    this.encapsulate(packet, remote, route, vni, port, ecnEncapsulate(tos, inner));
  }

  /** vxlan_build_skb and udp_tunnel_xmit_skb. */
  private encapsulate(
    packet: Packet,
    remote: VxlanRemote,
    route: Ipv4Route,
    vni: number,
    port: number,
    tos: number,
  ): void {
    const { config, host, linkNamespace } = this;
    const ttl = this.ttlFor(packet);
    const dontFragment = this.dontFragment(packet);
    const sourcePort = this.sourcePort(packet);
    const { tracer } = host.env;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'encapsulated', dev: this, vni, remote: remote.address });
    if (packet.head < PUSH_ROOM) host.pool.ensureHeadroom(packet, PUSH_ROOM);
    if (host.cost !== null) host.cost.charge(Stage.vxlanEncap, packet.tail - packet.head);
    this.stats.txBytes -= 14;
    const frame = packet.head;
    const udp = frame - VXLAN_HEADER_LENGTH - UDP_HEADER_LENGTH;
    writeVxlanHeader(packet.buf, frame - VXLAN_HEADER_LENGTH, vni);
    writeUdpHeader(packet.buf, udp, sourcePort, port, packet.tail - udp);
    if (config.udpChecksum) {
      const check = outerUdpChecksum(packet, udp, frame, remote.source, remote.address);
      put16(packet.buf, udp + UDP.CHECKSUM, check);
    }
    scrubPacket(packet, this.netns !== linkNamespace);
    packet.head = udp;
    packet.macOffset = -1;
    const id = linkNamespace.ipv4.identification.next(remote.source, remote.address, PROTO.UDP);
    ipSend(
      linkNamespace,
      packet,
      route,
      remote.source,
      remote.address,
      PROTO.UDP,
      ttl,
      tos,
      id,
      dontFragment,
    );
  }

  /** vxlan_get_route, the result kept with the remote (dst_cache) as long as the tables stay the same. */
  private routeTo(remote: VxlanRemote, packet: Packet, tos: number): Ipv4Route | null {
    const fib = this.linkNamespace.ipv4.fib;
    const cacheable = packet.mark === 0 && this.config.tos === 0;
    if (cacheable && remote.routeGeneration === fib.generation) return remote.route;
    const name = remote.lower !== '' ? remote.lower : this.config.lower;
    const oif = name === '' ? null : this.lowerDevice(name);
    const route = fib.lookup(remote.address, oif, this.config.local, null, packet.mark, tos & 0x1c);
    remote.route = route;
    remote.source = route === null ? 0 : this.sourceFor(route, remote.address);
    remote.routeGeneration = cacheable ? fib.generation : -1;
    return route;
  }

  private sourceFor(route: Ipv4Route, destination: number): number {
    if (this.config.local !== 0) return this.config.local;
    if (route.prefSrc !== 0) return route.prefSrc;
    if (route.dev === null) return 0;
    return selectSourceAddress(
      this.linkNamespace,
      route.dev,
      route.gateway !== 0 ? route.gateway : destination,
    );
  }

  /** encap_bypass_if_local: a VTEP that is this machine's own gets the frame without a tunnel. */
  private sendLocally(packet: Packet, vni: number, port: number): void {
    const target = Vxlan.inUse(this.linkNamespace, vni, port);
    if (target === undefined) {
      this.dropOut(packet, DropReason.VXLAN_VNI_NOT_FOUND);
      return;
    }
    const buf = packet.buf;
    const at = packet.head + 6;
    if (target.config.learning)
      target.snoop(packet, at, macHigh16(buf, at), macLow32(buf, at), LOOPBACK_ADDRESS);
    scrubPacket(packet, this.netns !== target.netns);
    packet.pktType = PACKET_HOST;
    this.host.netifRx(target, packet);
  }

  private innerTos(packet: Packet): number {
    const { buf, head } = packet;
    if (packet.tail - head < 34) return 0;
    const type = get16(buf, head + 12);
    if (type === ETHERTYPE.IPV4) return buf[head + 14 + IPV4.TOS]!;
    return type === ETHERTYPE.IPV6 ? (get16(buf, head + 14) >>> 4) & 0xff : 0;
  }

  private ttlFor(packet: Packet): number {
    const ttl = this.config.ttl;
    if (ttl === 'inherit' && get16(packet.buf, packet.head + 12) === ETHERTYPE.IPV4) {
      return packet.buf[packet.head + 14 + IPV4.TTL]!;
    }
    return ttl === 'inherit' || ttl === 0 ? this.linkNamespace.sysctl.ipDefaultTtl : ttl;
  }

  private dontFragment(packet: Packet): boolean {
    if (this.config.df !== 'inherit') return this.config.df === 'set';
    const type = get16(packet.buf, packet.head + 12);
    if (type === ETHERTYPE.IPV6) return true;
    return type === ETHERTYPE.IPV4 && hasIpv4DontFragment(packet.buf, packet.head + 14);
  }

  /** udp_flow_src_port, over the range of the namespace the device is in now. */
  private sourcePort(packet: Packet): number {
    const { sourcePorts } = this.config;
    const range = sourcePorts[0] < sourcePorts[1] ? sourcePorts : this.netns.sysctl.ipLocalPortRange;
    let hash = packet.flowHash;
    if (hash === 0) hash = flowHash(this.hashKey, packet.buf, packet.head, packet.tail);
    if (hash === 0) hash = macHash(this.hashKey, packet.buf, packet.head);
    return flowSourcePort(hash, range[0], range[1]);
  }

  private lowerDevice(name: string): NetDevice {
    const dev = this.linkNamespace.device(name);
    if (dev === undefined) throw new NetlinkError('No such device');
    return dev;
  }

  private dropOut(packet: Packet, reason: number): void {
    this.uncountTransmit(packet);
    this.stats.txDropped++;
    this.host.dropPacket(packet, reason, this);
  }

  /** The driver counts what it sent; `transmit` has counted what it was given. */
  private uncountTransmit(packet: Packet): void {
    this.stats.txPackets--;
    this.stats.txBytes -= packet.tail - packet.head;
  }
}
