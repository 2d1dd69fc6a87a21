import { checksumAdd, checksumFold } from '../../protocols/checksum.ts';
import { put16 } from '../../protocols/bytes.ts';
import { ICMPV6 } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Process } from '../host/process.ts';
import { pseudoHeaderSumOf } from '../namespace/icmpv6.ts';
import { ipSend6 } from '../namespace/ipv6-output.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { CHECKSUM_UNNECESSARY } from '../packet/packet.ts';
import { EAFNOSUPPORT, EMSGSIZE } from './errno.ts';
import { RawSocketQueue } from './raw-socket-queue.ts';
import { chooseRoute6 } from './route6-for.ts';
import { IP_PMTUDISC_DO, IP_PMTUDISC_WANT } from './udp-socket.ts';

/** A received packet from its upper-layer header on: IPv6 raw sockets never see the IPv6 header. */
export interface RawDatagram6 {
  source: Ipv6Address;
  destination: Ipv6Address;
  /** The device it came in on: the zone of a link-local source. */
  dev: NetDevice;
  hopLimit: number;
  data: Uint8Array;
  receivedNs: number;
}

/** A raw IPv6 socket of one protocol (net/ipv6/raw.c), as ping uses it. Calls return 0 or a positive error number. */
export class Raw6Socket extends RawSocketQueue<Ipv6Address, RawDatagram6> {
  localAddress = Ipv6Address.UNSPECIFIED;
  remoteAddress = Ipv6Address.UNSPECIFIED;
  boundDev: NetDevice | null = null;
  /** IPV6_UNICAST_HOPS and IPV6_MULTICAST_HOPS, 0 for the route's (1 for groups). */
  hopLimit = 0;
  multicastHops = 0;
  trafficClass = 0;
  flowLabel = -1;
  mark = 0;
  pmtuDiscover = IP_PMTUDISC_WANT;
  /** ICMPV6_FILTER: types that are not received. */
  readonly blockedTypes = new Uint8Array(256);

  constructor(netns: NetNamespace, protocol: number, owner: Process | null) {
    super(netns, protocol, owner);
    netns.ipv6?.sockets.raw.add(this);
  }

  /** Receives only the given ICMPv6 types (ICMP6_FILTER_SETBLOCKALL, then SETPASS). */
  passOnly(...types: number[]): void {
    this.blockedTypes.fill(1);
    for (const type of types) this.blockedTypes[type] = 0;
  }

  /**
   * sendto(2): `data` is the IPv6 payload; an ICMPv6 checksum is filled in by the kernel. `dev` is the zone of a
   * link-local or multicast destination. `confirm`: the peer is known to answer (MSG_CONFIRM).
   */
  sendTo(
    data: Uint8Array,
    address: Ipv6Address,
    dev: NetDevice | null = this.boundDev,
    confirm = false,
  ): number {
    if (this.softError !== 0) return this.takeError();
    const { netns, protocol } = this;
    const stack = netns.ipv6;
    if (stack === null) return EAFNOSUPPORT;
    const choice = chooseRoute6(netns, address, dev, this.localAddress);
    if (choice.error !== 0) return choice.error;
    const route = choice.route!;
    const source = choice.source!;
    const mtu = stack.pathMtu.mtu(route, address);
    if (data.length + IPV6_HEADER_LENGTH > mtu && this.pmtuDiscover >= IP_PMTUDISC_DO) {
      this.queueLocalMtuError(address, mtu, data);
      return EMSGSIZE;
    }
    if (data.length > 65535) return EMSGSIZE;
    if (netns.host.cost !== null) {
      netns.host.cost.chargeSystemCall(data.length);
      netns.host.cost.charge(Stage.socketSend, data.length);
    }
    const packet = netns.host.pool.from(data);
    const { buf, head } = packet;
    if (protocol === PROTO.ICMPV6) {
      put16(buf, head + ICMPV6.CHECKSUM, 0);
      const pseudo = pseudoHeaderSumOf(source, address, protocol, data.length);
      const sum = checksumFold(checksumAdd(pseudo, buf, head, data.length));
      put16(buf, head + ICMPV6.CHECKSUM, ~sum & 0xffff);
    }
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = this.mark;
    packet.dstPendingConfirm = confirm;
    const hops = address.isMulticast()
      ? this.multicastHops || 1
      : this.hopLimit || stack.hopLimitFor(route, address);
    const label = this.flowLabel >= 0 ? this.flowLabel : stack.flowLabel(source, address, protocol, 0);
    return ipSend6(netns, packet, route, source, address, protocol, hops, this.trafficClass, label);
  }

  protected override leaveTable(): void {
    this.netns.ipv6?.sockets.raw.remove(this);
  }
}
