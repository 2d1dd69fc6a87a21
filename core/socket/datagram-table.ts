import { get16 } from '../../protocols/bytes.ts';
import { UDP, UDP_HEADER_LENGTH } from '../../protocols/udp.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, type Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { Buckets } from './buckets.ts';
import type { UdpSocket } from './udp-socket.ts';
import type { Udp6Socket } from './udp6-socket.ts';

/** What the UDP tables of IPv4 and IPv6 share: sockets by local port, and what does not depend on addresses. */
export abstract class DatagramTable<Socket extends UdpSocket | Udp6Socket> {
  /** InDatagrams, NoPorts, InErrors, RcvbufErrors, InCsumErrors of /proc/net/snmp, or Udp6… of snmp6. */
  readonly counters = { inDatagrams: 0, noPorts: 0, inErrors: 0, rcvbufErrors: 0, inCsumErrors: 0 };
  readonly random: RandomStream;
  protected readonly netns: NetNamespace;
  protected readonly byPort = new Buckets<Socket>();

  constructor(netns: NetNamespace, random: RandomStream) {
    this.netns = netns;
    this.random = random;
  }

  /** All bound sockets, by port and then age. */
  list(): Socket[] {
    return this.byPort.sorted();
  }

  /** Gives a socket its local port; false when it is taken or none is free. */
  bind(socket: Socket, port: number): boolean {
    const chosen = port === 0 ? this.freePort(socket) : port;
    if (chosen === 0 || (port !== 0 && this.conflicts(socket, port))) return false;
    socket.localPort = chosen;
    this.byPort.add(chosen, socket);
    return true;
  }

  unbind(socket: Socket): void {
    this.byPort.remove(socket.localPort, socket);
  }

  destroy(): void {
    for (const socket of this.list()) socket.close();
  }

  /** udp_rcv, udpv6_rcv. `transportOffset` is at the UDP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const at = packet.transportOffset;
    const available = packet.tail - at;
    const length = available < UDP_HEADER_LENGTH ? 0 : get16(packet.buf, at + UDP.LENGTH);
    if (length < UDP_HEADER_LENGTH || length > available) {
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    packet.tail = at + length;
    if (packet.ipSummed === CHECKSUM_NONE && !this.isChecksumValid(packet, length)) {
      this.counters.inCsumErrors++;
      host.dropPacket(packet, DropReason.UDP_CSUM, dev);
      return;
    }
    this.dispatch(dev, packet);
  }

  /** __udp_enqueue_schedule_skb: the datagram waits in the socket, or is dropped where there is no room. */
  protected enqueue(socket: Socket, dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    packet.timestampNs = host.nowNs();
    if (host.cost !== null) host.cost.charge(Stage.socketReceive, packet.tail - packet.transportOffset);
    if (!socket.enqueue(packet)) {
      this.counters.rcvbufErrors++;
      this.counters.inErrors++;
      host.dropPacket(packet, DropReason.SOCKET_RCVBUFF, dev);
      return;
    }
    this.counters.inDatagrams++;
    const { tracer } = host.env;
    if (tracer !== null)
      tracer.step(this.netns, packet, { kind: 'delivered', to: 'udp socket', owner: socket.owner });
  }

  private conflicts(socket: Socket, port: number): boolean {
    return this.byPort.at(port).some((other) => {
      if (other.reuseAddress && socket.reuseAddress) return false;
      if (other.reusePort && socket.reusePort) return false;
      const { boundDev } = other;
      if (boundDev !== null && socket.boundDev !== null && boundDev !== socket.boundDev) return false;
      return this.overlap(other, socket);
    });
  }

  /** udp_lib_get_port: a random start in the local range, then the next free one. */
  private freePort(socket: Socket): number {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const span = high - low + 1;
    const start = this.random.below(span);
    for (let i = 0; i < span; i++) {
      const port = low + ((start + i) % span);
      if (!this.conflicts(socket, port) && !this.isTakenElsewhere(socket, port)) return port;
    }
    return 0;
  }

  protected abstract isChecksumValid(packet: Packet, length: number): boolean;
  /** Finds who the datagram is for. */
  protected abstract dispatch(dev: NetDevice, packet: Packet): void;
  protected abstract overlap(one: Socket, two: Socket): boolean;
  /** Whether a socket of the other family holds a port that this one needs too. */
  protected abstract isTakenElsewhere(socket: Socket, port: number): boolean;
}
