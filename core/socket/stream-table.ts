import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { isTcpChecksumValid } from '../../protocols/tcp/tcp-header.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, PACKET_HOST, type Packet } from '../packet/packet.ts';
import { Buckets } from './buckets.ts';
import { ECONNREFUSED, ENETUNREACH } from './errno.ts';
import type { TcpFlow } from './tcp-flow.ts';
import type { TcpFlow6 } from './tcp-flow6.ts';
import type { TcpSocket } from './tcp-socket.ts';
import type { Tcp6Socket } from './tcp6-socket.ts';

/**
 * What the TCP tables of IPv4 and IPv6 share: flows by their four numbers, listeners and bound sockets by port, and the
 * way of a segment as far as addresses do not matter. Counters and random numbers are the IPv4 table's, as in the kernel.
 */
export abstract class StreamTable<Flow extends TcpFlow | TcpFlow6, Socket extends TcpSocket | Tcp6Socket> {
  protected readonly netns: NetNamespace;
  protected readonly flows = new Buckets<Flow>();
  protected readonly listeners = new Buckets<Socket>();
  protected readonly bound = new Buckets<Socket>();
  protected readonly segment = new TcpSegmentIn();
  protected readonly reset = new TcpSegmentOut();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** tcp_v4_rcv, tcp_v6_rcv. `transportOffset` is at the TCP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const { buf, transportOffset: at } = packet;
    const length = packet.tail - at;
    const { received } = this.netns.sockets.tcp;
    received.inSegs++;
    if (packet.pktType !== PACKET_HOST || !this.segment.parse(buf, at, length)) {
      received.inErrs++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    if (packet.ipSummed === CHECKSUM_NONE) {
      if (!isTcpChecksumValid(buf, at, length, this.pseudoHeaderSum(packet, length))) {
        received.inCsumErrors++;
        host.dropPacket(packet, DropReason.TCP_CSUM, dev);
        return;
      }
    }
    this.readIpHeader(packet);
    if (host.cost !== null) host.cost.charge(Stage.socketReceive, length);
    this.dispatch(dev, packet);
  }

  /** A segment that waited for a call on its socket to end (sk_backlog_rcv). */
  receiveHeld(flow: Flow, packet: Packet): void {
    const at = packet.transportOffset;
    this.segment.parse(packet.buf, at, packet.tail - at);
    this.readIpHeader(packet);
    this.deliver(flow, packet);
  }

  // ---- ports ----

  /** inet_csk_get_port; port 0 takes a free one. False when it is taken. */
  bind(socket: Socket, port: number): boolean {
    if (port === 0) return this.bindEphemeral(socket);
    if (this.conflicts(socket, port)) return false;
    this.take(socket, port);
    return true;
  }

  /** __inet_hash_connect: a port whose flow is free; even offsets from a random start first, then odd. */
  bindEphemeral(socket: Socket): boolean {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const span = (high - low + 1) & ~1;
    const start = this.netns.sockets.tcp.random.below(span) & ~1;
    for (let parity = 0; parity < 2; parity++) {
      for (let i = 0; i < span; i += 2) {
        const port = low + ((start + i + parity) % span);
        if (this.conflicts(socket, port) || !this.isFlowFree(socket, port)) continue;
        this.take(socket, port);
        return true;
      }
    }
    return false;
  }

  unbind(socket: Socket): void {
    this.bound.remove(socket.localPort, socket);
  }

  // ---- listeners ----

  hasListener(socket: Socket): boolean {
    return this.listeners.at(socket.localPort).some((other) => this.overlap(other, socket));
  }

  addListener(socket: Socket): void {
    this.listeners.add(socket.localPort, socket);
  }

  removeListener(socket: Socket): void {
    this.listeners.remove(socket.localPort, socket);
  }

  /** Listening sockets by port, for ss and netstat. */
  listListeners(): Socket[] {
    return this.listeners.sorted();
  }

  // ---- flows ----

  addFlow(flow: Flow): void {
    this.flows.add(this.keyOf(flow), flow);
  }

  removeFlow(flow: Flow): void {
    this.flows.remove(this.keyOf(flow), flow);
  }

  /** All flows, in the order they came. */
  listFlows(): Flow[] {
    return this.flows.list();
  }

  destroy(): void {
    for (const socket of this.listListeners()) socket.close();
    for (const flow of this.listFlows()) if (flow.endpoint instanceof TcpConnection) flow.endpoint.abort();
    this.flows.clear();
    this.bound.clear();
  }

  /** tcp_v4_do_rcv: the parsed segment to the machine of its flow. */
  protected deliver(flow: Flow, packet: Packet): void {
    const endpoint = flow.endpoint!;
    const { tracer } = this.netns.host.env;
    if (tracer !== null)
      tracer.step(this.netns, packet, {
        kind: 'delivered',
        to: 'tcp socket',
        owner: flow.socket?.owner ?? null,
      });
    const before = endpoint instanceof TcpConnection ? endpoint.sndUna : 0;
    endpoint.receive(this.segment);
    if (endpoint instanceof TcpConnection && endpoint.sndUna !== before) flow.confirmPending = true;
    this.netns.host.consumePacket(packet);
  }

  /** A SYN may take over a flow in TIME-WAIT; the listener then sees it. */
  protected reopened(flow: Flow): boolean {
    return flow.endpoint instanceof TcpConnection && flow.endpoint.yieldsTo(this.segment);
  }

  /** An ICMP error about the segment that starts at `sequence`, as the error number it means. */
  protected reportError(
    flow: Flow,
    sequence: number,
    { errno, fatal }: { errno: number; fatal: boolean },
  ): void {
    const error =
      errno === ECONNREFUSED ? 'ECONNREFUSED' : errno === ENETUNREACH ? 'ENETUNREACH' : 'EHOSTUNREACH';
    flow.endpoint!.onIcmpError(error, fatal, sequence);
  }

  private take(socket: Socket, port: number): void {
    socket.localPort = port;
    this.bound.add(port, socket);
  }

  private conflicts(socket: Socket, port: number): boolean {
    return this.bound.at(port).some((other) => {
      if (!this.overlap(other, socket)) return false;
      return !(other.reuseAddress && socket.reuseAddress && other.listener === null);
    });
  }

  protected abstract pseudoHeaderSum(packet: Packet, length: number): number;
  /** What of the IP header and the packet TCP looks at, into `segment`. */
  protected abstract readIpHeader(packet: Packet): void;
  /** Finds who the parsed segment is for. */
  protected abstract dispatch(dev: NetDevice, packet: Packet): void;
  /** Whether a socket may connect from a port, as far as flows and the other family go. */
  protected abstract isFlowFree(socket: Socket, port: number): boolean;
  protected abstract overlap(one: Socket, two: Socket): boolean;
  protected abstract keyOf(flow: Flow): number;
}

/** A flow's key from its ports and the last words of its addresses, which differ where addresses do. */
export function flowKey(local: number, localPort: number, remote: number, remotePort: number): number {
  let hash = Math.imul(local, 0x9e3779b1) ^ Math.imul(remote, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ ((localPort << 16) | remotePort), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}
