import { get16 } from '../../protocols/bytes.ts';
import { ICMPV6_TYPE, ICMPV6_UNREACH } from '../../protocols/icmpv6.ts';
import { IPV6 } from '../../protocols/ipv6.ts';
import { isUdpChecksumValid6, UDP, UDP_HEADER_LENGTH } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Icmpv6ErrorReport } from '../namespace/icmpv6.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { addressesOverlap6 } from './address-overlap.ts';
import { DatagramTable } from './datagram-table.ts';
import { EMSGSIZE } from './errno.ts';
import { icmpv6Errno } from './icmpv6-errno.ts';
import type { Udp6Socket } from './udp6-socket.ts';
import { IP_PMTUDISC_DONT } from './udp-socket.ts';

/** The IPv6 UDP sockets of a namespace by local port, and UDP's receive path (net/ipv6/udp.c). */
export class Udp6Table extends DatagramTable<Udp6Socket> {
  protected override dispatch(dev: NetDevice, packet: Packet): void {
    const { buf, transportOffset: at, networkOffset } = packet;
    const source = networkOffset + IPV6.SOURCE;
    const destination = networkOffset + IPV6.DESTINATION;
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
      this.netns.host.dropPacket(packet, DropReason.NO_SOCKET, dev);
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

  /** compute_score: the most specific socket wins, the newest among equals. Addresses are read from `buf`. */
  private lookup(
    buf: Uint8Array,
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    dev: NetDevice | null,
  ): Udp6Socket | null {
    const sockets = this.byPort.at(destinationPort);
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
    packet.dev = dev;
    this.enqueue(socket, dev, packet);
  }

  /** __udp6_lib_mcast_deliver: every socket that wants it gets a copy; nobody is told when none does. */
  private deliverToAll(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const { buf, transportOffset: at, networkOffset } = packet;
    const sourcePort = get16(buf, at + UDP.SOURCE_PORT);
    const destination = networkOffset + IPV6.DESTINATION;
    let found = false;
    for (const socket of this.byPort.at(get16(buf, at + UDP.DESTINATION_PORT))) {
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

  protected override isChecksumValid(packet: Packet, length: number): boolean {
    const { buf, networkOffset, transportOffset } = packet;
    const source = networkOffset + IPV6.SOURCE;
    return isUdpChecksumValid6(buf, transportOffset, length, source, networkOffset + IPV6.DESTINATION);
  }

  protected override overlap(one: Udp6Socket, two: Udp6Socket): boolean {
    return addressesOverlap6(one.localAddress, two.localAddress);
  }

  /** A socket that takes IPv4 too needs the port in both families. */
  protected override isTakenElsewhere(socket: Udp6Socket, port: number): boolean {
    const usesIpv4 = !socket.v6Only && socket.localAddress.isUnspecified();
    return usesIpv4 && this.netns.sockets.udp.isPortInUse(port);
  }
}
