import { get16 } from '../../protocols/bytes.ts';
import { ICMPV6_TYPE, ICMPV6_UNREACH } from '../../protocols/icmpv6.ts';
import { IPV6 } from '../../protocols/ipv6.ts';
import { isUdpChecksumValid6, UDP, UDP_HEADER_LENGTH } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Icmpv6ErrorReport } from '../namespace/icmpv6.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, type Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { EMSGSIZE } from './errno.ts';
import { icmpv6Errno } from './icmpv6-errno.ts';
import type { Udp6Socket } from './udp6-socket.ts';
import { IP_PMTUDISC_DONT } from './udp-socket.ts';

/** The IPv6 UDP sockets of a namespace by local port, and UDP's receive path (net/ipv6/udp.c). */
export class Udp6Table {
  /** Udp6InDatagrams, Udp6NoPorts, Udp6InErrors, Udp6RcvbufErrors, Udp6InCsumErrors. */
  readonly counters = { inDatagrams: 0, noPorts: 0, inErrors: 0, rcvbufErrors: 0, inCsumErrors: 0 };
  private readonly netns: NetNamespace;
  private readonly random: RandomStream;
  private readonly byPort = new Map<number, Udp6Socket[]>();

  constructor(netns: NetNamespace, random: RandomStream) {
    this.netns = netns;
    this.random = random;
  }

  /** All bound sockets, by port and then age. */
  list(): Udp6Socket[] {
    return [...this.byPort.keys()].sort((a, b) => a - b).flatMap((port) => this.byPort.get(port)!);
  }

  /** Gives a socket its local port; false when it is taken or none is free. */
  bind(socket: Udp6Socket, port: number): boolean {
    const chosen = port === 0 ? this.freePort(socket) : port;
    if (chosen === 0 || (port !== 0 && this.conflicts(socket, port))) return false;
    socket.localPort = chosen;
    const sockets = this.byPort.get(chosen);
    if (sockets === undefined) this.byPort.set(chosen, [socket]);
    else sockets.push(socket);
    return true;
  }

  unbind(socket: Udp6Socket): void {
    const sockets = this.byPort.get(socket.localPort);
    const index = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || index < 0) return;
    sockets.splice(index, 1);
    if (sockets.length === 0) this.byPort.delete(socket.localPort);
  }

  /** udpv6_rcv. `transportOffset` is at the UDP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const { buf, transportOffset: at, networkOffset } = packet;
    const available = packet.tail - at;
    const length = available < UDP_HEADER_LENGTH ? 0 : get16(buf, at + UDP.LENGTH);
    if (length < UDP_HEADER_LENGTH || length > available) {
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    packet.tail = at + length;
    const source = networkOffset + IPV6.SOURCE;
    const destination = networkOffset + IPV6.DESTINATION;
    if (packet.ipSummed === CHECKSUM_NONE && !isUdpChecksumValid6(buf, at, length, source, destination)) {
      this.counters.inCsumErrors++;
      host.dropPacket(packet, DropReason.UDP_CSUM, dev);
      return;
    }
    if (buf[destination] === 0xff) {
      this.deliverToAll(dev, packet);
      return;
    }
    const sourcePort = get16(buf, at + UDP.SOURCE_PORT);
    const destinationPort = get16(buf, at + UDP.DESTINATION_PORT);
    const socket = this.lookup(buf, source, sourcePort, destination, destinationPort, dev);
    if (socket === null) {
      this.counters.noPorts++;
      const code = ICMPV6_UNREACH.PORT_UNREACH;
      this.netns.ipv6!.icmp.sendError(packet, ICMPV6_TYPE.DEST_UNREACH, code, 0);
      host.dropPacket(packet, DropReason.NO_SOCKET, dev);
      return;
    }
    this.deliver(socket, dev, packet);
  }

  /** __udp6_lib_err: an ICMPv6 error that quotes a datagram of ours. */
  icmpError(report: Icmpv6ErrorReport): void {
    const { packet, innerOffset, innerTransportOffset: at, type, code } = report;
    const buf = packet.buf;
    if (packet.tail - at < UDP_HEADER_LENGTH) return;
    const remotePort = get16(buf, at + UDP.DESTINATION_PORT);
    const localPort = get16(buf, at + UDP.SOURCE_PORT);
    const remote = innerOffset + IPV6.DESTINATION;
    const socket = this.lookup(buf, remote, remotePort, innerOffset + IPV6.SOURCE, localPort, null);
    if (socket === null) return;
    if (type === ICMPV6_TYPE.PKT_TOOBIG) {
      if (socket.pmtuDiscover !== IP_PMTUDISC_DONT && socket.recvErr) socket.reportError(EMSGSIZE);
      return;
    }
    const { errno, fatal } = icmpv6Errno(type, code);
    if (!socket.recvErr && (!fatal || socket.remotePort === 0)) return;
    socket.reportError(errno);
  }

  destroy(): void {
    for (const socket of this.list()) socket.close();
  }

  /** compute_score: the most specific socket wins, the newest among equals. Addresses are read from `buf`. */
  private lookup(
    buf: Uint8Array,
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    dev: NetDevice | null,
  ): Udp6Socket | null {
    const sockets = this.byPort.get(destinationPort);
    if (sockets === undefined) return null;
    let best: Udp6Socket | null = null;
    let bestScore = 0;
    for (let i = sockets.length - 1; i >= 0; i--) {
      const socket = sockets[i]!;
      let score = 1;
      if (!socket.localAddress.isUnspecified()) {
        if (!socket.localAddress.equalsBytes(buf, destination)) continue;
        score++;
      }
      if (socket.remotePort !== 0) {
        if (socket.remotePort !== sourcePort || !socket.remoteAddress.equalsBytes(buf, source)) continue;
        score += 2;
      }
      if (socket.boundDev !== null) {
        if (dev !== null && socket.boundDev !== dev) continue;
        score++;
      }
      if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }

  private deliver(socket: Udp6Socket, dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    packet.timestampNs = host.nowNs();
    packet.dev = dev;
    if (host.cost !== null) host.cost.charge(Stage.socketReceive, packet.tail - packet.transportOffset);
    if (!socket.enqueue(packet)) {
      this.counters.rcvbufErrors++;
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.SOCKET_RCVBUFF, dev);
      return;
    }
    this.counters.inDatagrams++;
  }

  /** __udp6_lib_mcast_deliver: every socket that wants it gets a copy; nobody is told when none does. */
  private deliverToAll(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const { buf, transportOffset: at, networkOffset } = packet;
    const sourcePort = get16(buf, at + UDP.SOURCE_PORT);
    const destination = networkOffset + IPV6.DESTINATION;
    let found = false;
    for (const socket of this.byPort.get(get16(buf, at + UDP.DESTINATION_PORT)) ?? []) {
      if (socket.remotePort !== 0) {
        const isPeer = socket.remoteAddress.equalsBytes(buf, networkOffset + IPV6.SOURCE);
        if (socket.remotePort !== sourcePort || !isPeer) continue;
      }
      const isBound = !socket.localAddress.isUnspecified();
      if (isBound && !socket.localAddress.equalsBytes(buf, destination)) continue;
      if (socket.boundDev !== null && socket.boundDev !== dev) continue;
      const isMember = socket.groups.some((group) => group.equalsBytes(buf, destination));
      // IPV6_MULTICAST_ALL is on: a socket that joined nothing hears every group its device listens to.
      if (socket.groups.length > 0 && !isMember) continue;
      found = true;
      this.deliver(socket, dev, host.pool.clone(packet));
    }
    if (found) host.consumePacket(packet);
    else host.dropPacket(packet, DropReason.NO_SOCKET, dev);
  }

  private conflicts(socket: Udp6Socket, port: number): boolean {
    const others = this.byPort.get(port) ?? [];
    return others.some((other) => {
      if (other.reuseAddress && socket.reuseAddress) return false;
      if (other.reusePort && socket.reusePort) return false;
      if (other.boundDev !== null && socket.boundDev !== null && other.boundDev !== socket.boundDev) {
        return false;
      }
      return (
        other.localAddress.isUnspecified() ||
        socket.localAddress.isUnspecified() ||
        other.localAddress.equals(socket.localAddress)
      );
    });
  }

  /** udp_lib_get_port: a random start in the local range, then the next port that is free in both families. */
  private freePort(socket: Udp6Socket): number {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const span = high - low + 1;
    const start = this.random.below(span);
    const usesIpv4 = !socket.v6Only && socket.localAddress.isUnspecified();
    for (let i = 0; i < span; i++) {
      const port = low + ((start + i) % span);
      if (this.conflicts(socket, port)) continue;
      if (usesIpv4 && this.netns.sockets.udp.isPortInUse(port)) continue;
      return port;
    }
    return 0;
  }
}
