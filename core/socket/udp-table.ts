import { get16 } from '../../protocols/bytes.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { UDP, UDP_HEADER_LENGTH, isUdpChecksumValid } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import { isMulticastAddress } from '../namespace/ipv4-address-class.ts';
import { RTN_BROADCAST } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { addressesOverlap } from './address-overlap.ts';
import { DatagramTable } from './datagram-table.ts';
import { EMSGSIZE } from './errno.ts';
import { icmpErrno } from './icmp-errno.ts';
import { IP_PMTUDISC_DONT, type UdpSocket } from './udp-socket.ts';

/** The UDP sockets of a namespace by local port, and UDP's receive path (net/ipv4/udp.c). */
export class UdpTable extends DatagramTable<UdpSocket> {
  private readonly txHashes: RandomStream;

  constructor(netns: NetNamespace) {
    const { random } = netns.host.sim;
    const name = `${netns.host.name}/${netns.id}:udp`;
    super(netns, random.stream(name));
    this.txHashes = random.stream(`${name}-tx-hash`);
  }

  /** net_tx_rndhash: the flow hash that a socket takes when it connects, never 0. */
  drawTxHash(): number {
    return Math.max(1, this.txHashes.uint32());
  }

  /** Whether a socket holds this local port (for NAT's port choice and for port allocation). */
  isPortInUse(port: number, address = 0): boolean {
    return this.byPort.at(port).some((socket) => addressesOverlap(address, socket.localAddress));
  }

  /** Whether a socket has joined a group. */
  hasMember(group: number): boolean {
    for (const sockets of this.byPort.all()) {
      for (const socket of sockets) if (socket.groups.has(group)) return true;
    }
    return false;
  }

  protected override dispatch(dev: NetDevice, packet: Packet): void {
    const { buf, transportOffset: at } = packet;
    const source = ipv4Source(buf, packet.networkOffset);
    const destination = ipv4Destination(buf, packet.networkOffset);
    if (packet.route !== null && packet.route.type === RTN_BROADCAST) {
      this.deliverToAll(dev, packet, source, destination);
      return;
    }
    const sourcePort = get16(buf, at + UDP.SOURCE_PORT);
    const destinationPort = get16(buf, at + UDP.DESTINATION_PORT);
    const socket = this.lookup(source, sourcePort, destination, destinationPort, dev);
    if (socket === null) {
      this.counters.noPorts++;
      this.netns.ipv4.icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.PORT_UNREACH, 0);
      this.netns.host.dropPacket(packet, DropReason.NO_SOCKET, dev);
      return;
    }
    this.deliver(socket, dev, packet);
  }

  /** __udp4_lib_err: an ICMP error that quotes a datagram of ours. */
  icmpError(report: IcmpErrorReport): void {
    const buf = report.packet.buf;
    const at = report.innerTransportOffset;
    if (report.packet.tail - at < UDP_HEADER_LENGTH) return;
    const socket = this.lookup(
      ipv4Destination(buf, report.innerOffset),
      get16(buf, at + UDP.DESTINATION_PORT),
      ipv4Source(buf, report.innerOffset),
      get16(buf, at + UDP.SOURCE_PORT),
      null,
    );
    if (socket === null || socket.encap !== null) return;
    const { errno, fatal } = icmpErrno(report.type, report.code);
    if (report.type === ICMP_TYPE.DEST_UNREACH && report.code === ICMP_UNREACH.FRAG_NEEDED) {
      if (socket.pmtuDiscover !== IP_PMTUDISC_DONT && socket.recvErr) socket.reportError(EMSGSIZE);
      return;
    }
    if (!socket.recvErr && (!fatal || socket.remotePort === 0)) return;
    socket.reportError(errno);
  }

  /** compute_score: the most specific socket wins, the newest among equals. */
  private lookup(
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    dev: NetDevice | null,
  ): UdpSocket | null {
    const sockets = this.byPort.at(destinationPort);
    let best: UdpSocket | null = null;
    let bestScore = 0;
    for (let i = sockets.length - 1; i >= 0; i--) {
      const socket = sockets[i]!;
      let score = 1;
      if (socket.localAddress !== 0) {
        if (socket.localAddress !== destination) continue;
        score += 4;
      }
      if (socket.remotePort !== 0) {
        if (socket.remoteAddress !== source || socket.remotePort !== sourcePort) continue;
        score += 8;
      }
      if (socket.boundDev !== null) {
        if (dev !== null && socket.boundDev !== dev) continue;
        score += 4;
      }
      if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }

  private deliver(socket: UdpSocket, dev: NetDevice, packet: Packet): void {
    if (this.netns.xfrm !== null && !this.netns.xfrm.checkPolicy('in', packet)) {
      this.netns.host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
      return;
    }
    if (socket.encap !== null) {
      packet.head = packet.transportOffset + UDP_HEADER_LENGTH;
      socket.encap.receiveEncapsulated(dev, packet);
      return;
    }
    this.enqueue(socket, dev, packet);
  }

  /** __udp4_lib_mcast_deliver: every socket that wants it gets a copy; nobody is told when none does. */
  private deliverToAll(dev: NetDevice, packet: Packet, source: number, destination: number): void {
    const host = this.netns.host;
    const sourcePort = get16(packet.buf, packet.transportOffset + UDP.SOURCE_PORT);
    const destinationPort = get16(packet.buf, packet.transportOffset + UDP.DESTINATION_PORT);
    const isGroup = isMulticastAddress(destination);
    let found = false;
    for (const socket of this.byPort.at(destinationPort)) {
      if (socket.remotePort !== 0 && (socket.remoteAddress !== source || socket.remotePort !== sourcePort))
        continue;
      if (socket.localAddress !== 0 && socket.localAddress !== destination) continue;
      if (socket.boundDev !== null && socket.boundDev !== dev) continue;
      if (isGroup && !socket.groups.has(destination)) continue;
      found = true;
      this.deliver(socket, dev, host.pool.clone(packet));
    }
    if (found) host.consumePacket(packet);
    else host.dropPacket(packet, DropReason.NO_SOCKET, dev);
  }

  protected override isChecksumValid(packet: Packet, length: number): boolean {
    const { buf, networkOffset, transportOffset } = packet;
    const source = ipv4Source(buf, networkOffset);
    return isUdpChecksumValid(buf, transportOffset, length, source, ipv4Destination(buf, networkOffset));
  }

  protected override overlap(one: UdpSocket, two: UdpSocket): boolean {
    return addressesOverlap(one.localAddress, two.localAddress);
  }

  /** A port that only an IPv6 socket holds is free for one of IPv4. */
  protected override isTakenElsewhere(): boolean {
    return false;
  }
}
