import { get16, get32 } from '../../protocols/bytes.ts';
import { pseudoHeaderSum6 } from '../../protocols/checksum.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, ipv6TrafficClass } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { isTcpChecksumValid } from '../../protocols/tcp/tcp-header.ts';
import { fillReset } from '../../protocols/tcp/tcp-reset.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Icmpv6ErrorReport } from '../namespace/icmpv6.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, PACKET_HOST, type Packet } from '../packet/packet.ts';
import { ECONNREFUSED, ENETUNREACH } from './errno.ts';
import { icmpv6Errno } from './icmpv6-errno.ts';
import { DEFAULT_FLOW_OPTIONS } from './tcp-flow.ts';
import { TcpFlow6 } from './tcp-flow6.ts';
import type { Tcp6Socket } from './tcp6-socket.ts';

/**
 * The IPv6 TCP sockets of a namespace: flows by their four numbers, listeners and bound sockets by port. Settings,
 * counters and random numbers are those of the IPv4 table, as in the kernel.
 */
export class Tcp6Table {
  private readonly netns: NetNamespace;
  private readonly flows = new Map<number, TcpFlow6[]>();
  private readonly listeners = new Map<number, Tcp6Socket[]>();
  private readonly bound = new Map<number, Tcp6Socket[]>();
  private readonly segment = new TcpSegmentIn();
  private readonly reset = new TcpSegmentOut();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  get settings(): TcpSettings {
    return this.netns.sockets.tcp.settings;
  }

  /** tcp_v6_rcv. `transportOffset` is at the TCP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const { buf, transportOffset: at, networkOffset } = packet;
    const length = packet.tail - at;
    const { received } = this.netns.sockets.tcp;
    const segment = this.segment;
    received.inSegs++;
    if (packet.pktType !== PACKET_HOST || !segment.parse(buf, at, length)) {
      received.inErrs++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    if (packet.ipSummed === CHECKSUM_NONE) {
      const source = networkOffset + IPV6.SOURCE;
      const sum = pseudoHeaderSum6(buf, source, networkOffset + IPV6.DESTINATION, PROTO.TCP, length);
      if (!isTcpChecksumValid(buf, at, length, sum)) {
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
  receiveHeld(flow: TcpFlow6, packet: Packet): void {
    const at = packet.transportOffset;
    this.segment.parse(packet.buf, at, packet.tail - at);
    this.readIpHeader(packet);
    this.deliver(flow, packet);
  }

  /** tcp_v6_err: an ICMPv6 error that quotes a segment of ours. */
  icmpError(report: Icmpv6ErrorReport): void {
    const { packet, innerOffset, innerTransportOffset: at } = report;
    const buf = packet.buf;
    if (packet.tail - at < 8) return;
    const local = innerOffset + IPV6.SOURCE;
    const remote = innerOffset + IPV6.DESTINATION;
    const flow = this.findFlow(buf, local, get16(buf, at), remote, get16(buf, at + 2));
    if (flow === null || flow.endpoint === null) return;
    const sequence = get32(buf, at + 4);
    if (report.type === ICMPV6_TYPE.PKT_TOOBIG) {
      flow.endpoint.onPathMtu(sequence);
      return;
    }
    const { errno, fatal } = icmpv6Errno(report.type, report.code);
    const error =
      errno === ECONNREFUSED ? 'ECONNREFUSED' : errno === ENETUNREACH ? 'ENETUNREACH' : 'EHOSTUNREACH';
    flow.endpoint.onIcmpError(error, fatal, sequence);
  }

  // ---- ports ----

  /** inet_csk_get_port; port 0 takes a free one. False when it is taken. */
  bind(socket: Tcp6Socket, port: number): boolean {
    if (port === 0) return this.bindEphemeral(socket);
    if (this.conflicts(socket, port)) return false;
    this.take(socket, port);
    return true;
  }

  /** __inet6_hash_connect: a port whose flow is free; even offsets from a random start first, then odd. */
  bindEphemeral(socket: Tcp6Socket): boolean {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const ipv4 = this.netns.sockets.tcp;
    const span = (high - low + 1) & ~1;
    const start = ipv4.random.below(span) & ~1;
    const usesIpv4 = !socket.v6Only && socket.localAddress.isUnspecified();
    for (let parity = 0; parity < 2; parity++) {
      for (let i = 0; i < span; i += 2) {
        const port = low + ((start + i + parity) % span);
        if (this.bound.has(port) && this.conflicts(socket, port)) continue;
        if (usesIpv4 && ipv4.isPortInUse(port)) continue;
        if (this.hasFlow(socket.localAddress, port, socket.remoteAddress, socket.remotePort)) continue;
        this.take(socket, port);
        return true;
      }
    }
    return false;
  }

  unbind(socket: Tcp6Socket): void {
    const sockets = this.bound.get(socket.localPort);
    const index = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || index < 0) return;
    sockets.splice(index, 1);
    if (sockets.length === 0) this.bound.delete(socket.localPort);
  }

  // ---- listeners ----

  hasListener(socket: Tcp6Socket): boolean {
    return (this.listeners.get(socket.localPort) ?? []).some((other) => overlap(other, socket));
  }

  addListener(socket: Tcp6Socket): void {
    const sockets = this.listeners.get(socket.localPort);
    if (sockets === undefined) this.listeners.set(socket.localPort, [socket]);
    else sockets.push(socket);
  }

  removeListener(socket: Tcp6Socket): void {
    const left = (this.listeners.get(socket.localPort) ?? []).filter((other) => other !== socket);
    if (left.length === 0) this.listeners.delete(socket.localPort);
    else this.listeners.set(socket.localPort, left);
  }

  /** Listening sockets by port, for ss and netstat. */
  listListeners(): Tcp6Socket[] {
    return [...this.listeners.keys()].sort((a, b) => a - b).flatMap((port) => this.listeners.get(port)!);
  }

  // ---- flows ----

  hasFlow(local: Ipv6Address, localPort: number, remote: Ipv6Address, remotePort: number): boolean {
    const bucket = this.flows.get(flowKey(local.w3, localPort, remote.w3, remotePort)) ?? [];
    return bucket.some(
      (flow) =>
        flow.localPort === localPort &&
        flow.remotePort === remotePort &&
        flow.localAddress.equals(local) &&
        flow.remoteAddress.equals(remote),
    );
  }

  addFlow(flow: TcpFlow6): void {
    const key = keyOf(flow);
    const bucket = this.flows.get(key);
    if (bucket === undefined) this.flows.set(key, [flow]);
    else bucket.push(flow);
  }

  removeFlow(flow: TcpFlow6): void {
    const key = keyOf(flow);
    const bucket = this.flows.get(key);
    const index = bucket?.indexOf(flow) ?? -1;
    if (bucket === undefined || index < 0) return;
    bucket.splice(index, 1);
    if (bucket.length === 0) this.flows.delete(key);
  }

  /** All flows, in the order they came. */
  listFlows(): TcpFlow6[] {
    return [...this.flows.values()].flat();
  }

  destroy(): void {
    for (const socket of this.listListeners()) socket.close();
    for (const flow of this.listFlows()) if (flow.endpoint instanceof TcpConnection) flow.endpoint.abort();
    this.flows.clear();
    this.bound.clear();
  }

  private dispatch(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const segment = this.segment;
    const { buf, networkOffset } = packet;
    const remote = networkOffset + IPV6.SOURCE;
    const local = networkOffset + IPV6.DESTINATION;
    const flow = this.findFlow(buf, local, segment.destinationPort, remote, segment.sourcePort);
    if (flow !== null && flow.endpoint !== null && !this.reopened(flow)) {
      if (flow.socket === null || !flow.socket.holdSegment(packet)) this.deliver(flow, packet);
      return;
    }
    const destination = Ipv6Address.read(buf, local);
    const listener = this.findListener(destination, segment.destinationPort);
    const source = Ipv6Address.read(buf, remote);
    const answer = new TcpFlow6(
      this.netns,
      destination,
      segment.destinationPort,
      source,
      segment.sourcePort,
      source.isLinkLocal() ? dev : null,
      listener === null ? DEFAULT_FLOW_OPTIONS : listener.options,
    );
    if (listener !== null && listener.listener!.receive(segment, answer)) {
      host.consumePacket(packet);
      return;
    }
    if (fillReset(segment, this.reset) && this.netns.ipv6!.fib.isLocal(destination)) {
      this.netns.sockets.tcp.counters.OutRsts += 1;
      answer.transmit(this.reset);
    }
    host.dropPacket(packet, DropReason.NO_SOCKET, dev);
  }

  /** tcp_v6_do_rcv: the parsed segment to the machine of its flow. */
  private deliver(flow: TcpFlow6, packet: Packet): void {
    const endpoint = flow.endpoint!;
    const before = endpoint instanceof TcpConnection ? endpoint.sndUna : 0;
    endpoint.receive(this.segment);
    if (endpoint instanceof TcpConnection && endpoint.sndUna !== before) flow.confirmPending = true;
    this.netns.host.consumePacket(packet);
  }

  /** What of the IP header and the packet TCP looks at. */
  private readIpHeader(packet: Packet): void {
    const segment = this.segment;
    const ecn = ipv6TrafficClass(packet.buf, packet.networkOffset) & 3;
    segment.congestionExperienced = ecn === 3;
    segment.ecnCapable = ecn !== 0;
    segment.gsoSizeBytes = packet.gsoSize;
  }

  /** A SYN may take over a flow in TIME-WAIT; the listener then sees it. */
  private reopened(flow: TcpFlow6): boolean {
    return flow.endpoint instanceof TcpConnection && flow.endpoint.yieldsTo(this.segment);
  }

  /** The flow of the two addresses at their offsets in `buf`. */
  private findFlow(
    buf: Uint8Array,
    local: number,
    localPort: number,
    remote: number,
    remotePort: number,
  ): TcpFlow6 | null {
    const key = flowKey(get32(buf, local + 12), localPort, get32(buf, remote + 12), remotePort);
    const bucket = this.flows.get(key);
    if (bucket === undefined) return null;
    for (const flow of bucket) {
      if (
        flow.remotePort === remotePort &&
        flow.localPort === localPort &&
        flow.remoteAddress.equalsBytes(buf, remote) &&
        flow.localAddress.equalsBytes(buf, local)
      ) {
        return flow;
      }
    }
    return null;
  }

  private findListener(address: Ipv6Address, port: number): Tcp6Socket | null {
    const sockets = this.listeners.get(port);
    if (sockets === undefined) return null;
    return (
      sockets.find((socket) => socket.localAddress.equals(address)) ??
      sockets.find((socket) => socket.localAddress.isUnspecified()) ??
      null
    );
  }

  private take(socket: Tcp6Socket, port: number): void {
    socket.localPort = port;
    const sockets = this.bound.get(port);
    if (sockets === undefined) this.bound.set(port, [socket]);
    else sockets.push(socket);
  }

  private conflicts(socket: Tcp6Socket, port: number): boolean {
    const others = this.bound.get(port) ?? [];
    return others.some((other) => {
      if (!overlap(other, socket)) return false;
      return !(other.reuseAddress && socket.reuseAddress && other.listener === null);
    });
  }
}

function overlap(one: Tcp6Socket, two: Tcp6Socket): boolean {
  return (
    one.localAddress.isUnspecified() ||
    two.localAddress.isUnspecified() ||
    one.localAddress.equals(two.localAddress)
  );
}

function keyOf(flow: TcpFlow6): number {
  return flowKey(flow.localAddress.w3, flow.localPort, flow.remoteAddress.w3, flow.remotePort);
}

/** A key from the last words of the addresses, which differ where addresses do, and the ports. */
function flowKey(local: number, localPort: number, remote: number, remotePort: number): number {
  let hash = Math.imul(local, 0x9e3779b1) ^ Math.imul(remote, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ ((localPort << 16) | remotePort), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}
