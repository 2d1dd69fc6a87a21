import { get16 } from '../../protocols/bytes.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { UDP, UDP_HEADER_LENGTH, isUdpChecksumValid } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import { RTN_BROADCAST } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, type Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH } from './errno.ts';
import { IP_PMTUDISC_DONT, type UdpSocket } from './udp-socket.ts';

/** Errors for the codes of "destination unreachable" and whether they end a connection (icmp_err_convert). */
const UNREACH_ERRNO: readonly { errno: number; fatal: boolean }[] = [
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: 92, fatal: true },
  { errno: ECONNREFUSED, fatal: true },
  { errno: EMSGSIZE, fatal: false },
  { errno: 95, fatal: false },
  { errno: ENETUNREACH, fatal: true },
  { errno: 112, fatal: true },
  { errno: 64, fatal: true },
  { errno: ENETUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
];

/** The error number an ICMP error means to a socket, and whether it is a hard one. */
export function icmpErrno(type: number, code: number): { errno: number; fatal: boolean } {
  if (type === ICMP_TYPE.DEST_UNREACH) return UNREACH_ERRNO[code] ?? { errno: EHOSTUNREACH, fatal: true };
  if (type === ICMP_TYPE.PARAMETERPROB) return { errno: 71, fatal: true };
  return { errno: EHOSTUNREACH, fatal: false };
}

/** The UDP sockets of a namespace by local port, and UDP's receive path (net/ipv4/udp.c). */
export class UdpTable {
  readonly random: RandomStream;
  /** InDatagrams, NoPorts, InErrors, RcvbufErrors, InCsumErrors, OutDatagrams of /proc/net/snmp. */
  readonly counters = { inDatagrams: 0, noPorts: 0, inErrors: 0, rcvbufErrors: 0, inCsumErrors: 0 };
  private readonly netns: NetNamespace;
  private readonly txHashes: RandomStream;
  private readonly byPort = new Map<number, UdpSocket[]>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
    const name = `${netns.host.name}/${netns.id}:udp`;
    this.random = netns.host.sim.random.stream(name);
    this.txHashes = netns.host.sim.random.stream(`${name}-tx-hash`);
  }

  /** net_tx_rndhash: the flow hash that a socket takes when it connects, never 0. */
  drawTxHash(): number {
    return Math.max(1, this.txHashes.uint32());
  }

  /** All bound sockets, by port and then age. */
  list(): UdpSocket[] {
    return [...this.byPort.keys()].sort((a, b) => a - b).flatMap((port) => this.byPort.get(port)!);
  }

  /** Whether a socket holds this local port (for NAT's port choice and for port allocation). */
  isPortInUse(port: number, address = 0): boolean {
    const sockets = this.byPort.get(port);
    return (
      sockets !== undefined &&
      sockets.some((socket) => address === 0 || socket.localAddress === 0 || socket.localAddress === address)
    );
  }

  /** Gives a socket its local port; false when it is taken or none is free. */
  bind(socket: UdpSocket, port: number): boolean {
    const chosen = port === 0 ? this.freePort(socket) : port;
    if (chosen === 0 || (port !== 0 && this.conflicts(socket, port))) return false;
    socket.localPort = chosen;
    const sockets = this.byPort.get(chosen);
    if (sockets === undefined) this.byPort.set(chosen, [socket]);
    else sockets.push(socket);
    return true;
  }

  unbind(socket: UdpSocket): void {
    const sockets = this.byPort.get(socket.localPort);
    if (sockets === undefined) return;
    const index = sockets.indexOf(socket);
    if (index >= 0) sockets.splice(index, 1);
    if (sockets.length === 0) this.byPort.delete(socket.localPort);
  }

  /** A socket's addresses changed. The look-up scores sockets afresh, so there is nothing to move. */
  changed(_socket: UdpSocket): void {}

  hasMember(group: number): boolean {
    for (const sockets of this.byPort.values()) {
      for (const socket of sockets) if (socket.groups.has(group)) return true;
    }
    return false;
  }

  /** udp_rcv. `transportOffset` is at the UDP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const buf = packet.buf;
    const at = packet.transportOffset;
    const available = packet.tail - at;
    const length = available < UDP_HEADER_LENGTH ? 0 : get16(buf, at + UDP.LENGTH);
    if (length < UDP_HEADER_LENGTH || length > available) {
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    packet.tail = at + length;
    const source = ipv4Source(buf, packet.networkOffset);
    const destination = ipv4Destination(buf, packet.networkOffset);
    if (packet.ipSummed === CHECKSUM_NONE && !isUdpChecksumValid(buf, at, length, source, destination)) {
      this.counters.inCsumErrors++;
      host.dropPacket(packet, DropReason.UDP_CSUM, dev);
      return;
    }
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
      host.dropPacket(packet, DropReason.NO_SOCKET, dev);
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

  destroy(): void {
    for (const socket of this.list()) socket.close();
  }

  /** compute_score: the most specific socket wins, the newest among equals. */
  private lookup(
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    dev: NetDevice | null,
  ): UdpSocket | null {
    const sockets = this.byPort.get(destinationPort);
    if (sockets === undefined) return null;
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
    const host = this.netns.host;
    if (this.netns.xfrm !== null && !this.netns.xfrm.checkPolicy('in', packet)) {
      host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
      return;
    }
    if (socket.encap !== null) {
      packet.head = packet.transportOffset + UDP_HEADER_LENGTH;
      socket.encap.receiveEncapsulated(dev, packet);
      return;
    }
    packet.timestampNs = host.nowNs();
    if (host.cost !== null) host.cost.charge(Stage.socketReceive, packet.tail - packet.transportOffset);
    if (!socket.enqueue(packet)) {
      this.counters.rcvbufErrors++;
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.SOCKET_RCVBUFF, dev);
      return;
    }
    this.counters.inDatagrams++;
  }

  /** __udp4_lib_mcast_deliver: every socket that wants it gets a copy; nobody is told when none does. */
  private deliverToAll(dev: NetDevice, packet: Packet, source: number, destination: number): void {
    const host = this.netns.host;
    const sourcePort = get16(packet.buf, packet.transportOffset + UDP.SOURCE_PORT);
    const destinationPort = get16(packet.buf, packet.transportOffset + UDP.DESTINATION_PORT);
    const isGroup = destination >>> 28 === 0xe;
    let found = false;
    for (const socket of this.byPort.get(destinationPort) ?? []) {
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

  private conflicts(socket: UdpSocket, port: number): boolean {
    const others = this.byPort.get(port);
    if (others === undefined) return false;
    return others.some((other) => {
      if (other.reuseAddress && socket.reuseAddress) return false;
      if (other.reusePort && socket.reusePort) return false;
      if (other.boundDev !== null && socket.boundDev !== null && other.boundDev !== socket.boundDev)
        return false;
      return (
        other.localAddress === 0 || socket.localAddress === 0 || other.localAddress === socket.localAddress
      );
    });
  }

  /** udp_lib_get_port: a random start in the local range, then the next free one. */
  private freePort(socket: UdpSocket): number {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const span = high - low + 1;
    const start = this.random.below(span);
    for (let i = 0; i < span; i++) {
      const port = low + ((start + i) % span);
      if (!this.conflicts(socket, port)) return port;
    }
    return 0;
  }
}
