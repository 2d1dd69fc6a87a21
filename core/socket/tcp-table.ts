import { get16, get32 } from '../../protocols/bytes.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { IPV4, ipv4Destination, ipv4Source, PROTO } from '../../protocols/ipv4.ts';
import { pseudoHeaderSum } from '../../protocols/checksum.ts';
import { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { isTcpChecksumValid } from '../../protocols/tcp/tcp-header.ts';
import { fillReset } from '../../protocols/tcp/tcp-reset.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { DEFAULT_TCP_SETTINGS, type TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import { RTN_LOCAL } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { CHECKSUM_NONE, PACKET_HOST, type Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { DEFAULT_FLOW_OPTIONS, TcpFlow } from './tcp-flow.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { icmpErrno } from './udp-table.ts';
import { ECONNREFUSED, ENETUNREACH } from './errno.ts';

/** The TCP sockets of a namespace: flows by their four numbers, listeners and bound sockets by port. */
export class TcpTable {
  readonly random: RandomStream;
  readonly settings: TcpSettings = { ...DEFAULT_TCP_SETTINGS };
  readonly counters: TcpCounters = new TcpCounters();
  /** InSegs, InErrs and InCsumErrors of /proc/net/snmp: what the table counts before a flow is known. */
  readonly received = { inSegs: 0, inErrs: 0, inCsumErrors: 0 };
  private readonly netns: NetNamespace;
  private readonly flows = new Map<number, TcpFlow[]>();
  private readonly listeners = new Map<number, TcpSocket[]>();
  private readonly bound = new Map<number, TcpSocket[]>();
  private readonly segment = new TcpSegmentIn();
  private readonly reset = new TcpSegmentOut();
  private readonly key: number;

  constructor(netns: NetNamespace) {
    this.netns = netns;
    this.random = netns.host.sim.random.stream(`${netns.host.name}/${netns.id}:tcp`);
    this.key = this.random.uint32();
  }

  /** tcp_v4_rcv. `transportOffset` is at the TCP header. */
  receive(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    const buf = packet.buf;
    const at = packet.transportOffset;
    const length = packet.tail - at;
    const source = ipv4Source(buf, packet.networkOffset);
    const destination = ipv4Destination(buf, packet.networkOffset);
    const segment = this.segment;
    this.received.inSegs++;
    if (packet.pktType !== PACKET_HOST || !segment.parse(buf, at, length)) {
      this.received.inErrs++;
      host.dropPacket(packet, DropReason.PKT_TOO_SMALL, dev);
      return;
    }
    if (packet.ipSummed === CHECKSUM_NONE) {
      const sum = pseudoHeaderSum(source, destination, PROTO.TCP, length);
      if (!isTcpChecksumValid(buf, at, length, sum)) {
        this.received.inCsumErrors++;
        host.dropPacket(packet, DropReason.TCP_CSUM, dev);
        return;
      }
    }
    this.readIpHeader(packet);
    if (host.cost !== null) host.cost.charge(Stage.socketReceive, length);
    if (this.netns.xfrm !== null && !this.netns.xfrm.checkPolicy('in', packet)) {
      host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
      return;
    }
    this.dispatch(dev, packet, source, destination);
  }

  /** A segment that waited for a call on its socket to end (sk_backlog_rcv). */
  receiveHeld(flow: TcpFlow, packet: Packet): void {
    const at = packet.transportOffset;
    this.segment.parse(packet.buf, at, packet.tail - at);
    this.readIpHeader(packet);
    this.deliver(flow, packet);
  }

  /** tcp_v4_err: an ICMP error that quotes a segment of ours. */
  icmpError(report: IcmpErrorReport): void {
    const { packet, innerOffset, innerTransportOffset: at } = report;
    const buf = packet.buf;
    if (packet.tail - at < 8) return;
    const local = ipv4Source(buf, innerOffset);
    const remote = ipv4Destination(buf, innerOffset);
    const flow = this.findFlow(local, get16(buf, at), remote, get16(buf, at + 2));
    if (flow === null || flow.endpoint === null) return;
    const sequence = get32(buf, at + 4);
    if (report.type === ICMP_TYPE.DEST_UNREACH && report.code === ICMP_UNREACH.FRAG_NEEDED) {
      flow.endpoint.onPathMtu(sequence);
      return;
    }
    const { errno, fatal } = icmpErrno(report.type, report.code);
    const error =
      errno === ECONNREFUSED ? 'ECONNREFUSED' : errno === ENETUNREACH ? 'ENETUNREACH' : 'EHOSTUNREACH';
    flow.endpoint.onIcmpError(error, fatal, sequence);
  }

  // ---- ports ----

  /** inet_csk_get_port; port 0 takes a free one. False when it is taken. */
  bind(socket: TcpSocket, port: number): boolean {
    if (port === 0) return this.bindEphemeral(socket);
    if (this.conflicts(socket, port)) return false;
    this.take(socket, port);
    return true;
  }

  /** __inet_hash_connect: a port whose flow is free; even offsets from a random start first, then odd. */
  bindEphemeral(socket: TcpSocket): boolean {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const span = (high - low + 1) & ~1;
    const start = this.random.below(span) & ~1;
    for (let parity = 0; parity < 2; parity++) {
      for (let i = 0; i < span; i += 2) {
        const port = low + ((start + i + parity) % span);
        if (this.bound.has(port) && this.conflicts(socket, port)) continue;
        if (this.hasFlow(socket.localAddress, port, socket.remoteAddress, socket.remotePort)) continue;
        this.take(socket, port);
        return true;
      }
    }
    return false;
  }

  unbind(socket: TcpSocket): void {
    const sockets = this.bound.get(socket.localPort);
    const index = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || index < 0) return;
    sockets.splice(index, 1);
    if (sockets.length === 0) this.bound.delete(socket.localPort);
  }

  /** Whether a socket holds this local port. */
  isPortInUse(port: number, address = 0): boolean {
    const sockets = this.bound.get(port);
    return (
      sockets !== undefined &&
      sockets.some((socket) => address === 0 || socket.localAddress === 0 || socket.localAddress === address)
    );
  }

  // ---- listeners ----

  hasListener(socket: TcpSocket): boolean {
    return (this.listeners.get(socket.localPort) ?? []).some(
      (other) =>
        other.localAddress === 0 || socket.localAddress === 0 || other.localAddress === socket.localAddress,
    );
  }

  addListener(socket: TcpSocket): void {
    const sockets = this.listeners.get(socket.localPort);
    if (sockets === undefined) this.listeners.set(socket.localPort, [socket]);
    else sockets.push(socket);
  }

  removeListener(socket: TcpSocket): void {
    const sockets = this.listeners.get(socket.localPort) ?? [];
    const left = sockets.filter((other) => other !== socket);
    if (left.length === 0) this.listeners.delete(socket.localPort);
    else this.listeners.set(socket.localPort, left);
  }

  /** Listening sockets by port, for ss and netstat. */
  listListeners(): TcpSocket[] {
    return [...this.listeners.keys()].sort((a, b) => a - b).flatMap((port) => this.listeners.get(port)!);
  }

  // ---- flows ----

  hasFlow(local: number, localPort: number, remote: number, remotePort: number): boolean {
    return this.findFlow(local, localPort, remote, remotePort) !== null;
  }

  addFlow(flow: TcpFlow): void {
    const key = flowKey(flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort);
    const bucket = this.flows.get(key);
    if (bucket === undefined) this.flows.set(key, [flow]);
    else bucket.push(flow);
  }

  removeFlow(flow: TcpFlow): void {
    const key = flowKey(flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort);
    const bucket = this.flows.get(key);
    const index = bucket?.indexOf(flow) ?? -1;
    if (bucket === undefined || index < 0) return;
    bucket.splice(index, 1);
    if (bucket.length === 0) this.flows.delete(key);
  }

  /** All flows, in the order they came. */
  listFlows(): TcpFlow[] {
    return [...this.flows.values()].flat();
  }

  /** A keyed hash for sequence numbers and timestamp offsets. */
  keyedHash(a: number, b: number, c: number): number {
    let hash = Math.imul(a ^ this.key, 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + c, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  destroy(): void {
    for (const socket of this.listListeners()) socket.close();
    for (const flow of this.listFlows()) if (flow.endpoint instanceof TcpConnection) flow.endpoint.abort();
    this.flows.clear();
    this.bound.clear();
  }

  private dispatch(dev: NetDevice, packet: Packet, source: number, destination: number): void {
    const host = this.netns.host;
    const segment = this.segment;
    const flow = this.findFlow(destination, segment.destinationPort, source, segment.sourcePort);
    if (flow !== null && flow.endpoint !== null && !this.reopened(flow)) {
      if (flow.socket === null || !flow.socket.holdSegment(packet)) this.deliver(flow, packet);
      return;
    }
    const listener = this.findListener(destination, segment.destinationPort);
    const answer = new TcpFlow(
      this.netns,
      destination,
      segment.destinationPort,
      source,
      segment.sourcePort,
      listener === null ? DEFAULT_FLOW_OPTIONS : listener.options,
    );
    if (listener !== null && listener.listener!.receive(segment, answer)) {
      host.consumePacket(packet);
      return;
    }
    if (fillReset(segment, this.reset) && this.netns.ipv4.fib.addressType(destination) === RTN_LOCAL) {
      this.counters.OutRsts += 1;
      answer.transmit(this.reset);
    }
    host.dropPacket(packet, DropReason.NO_SOCKET, dev);
  }

  /** tcp_v4_do_rcv: the parsed segment to the machine of its flow. */
  private deliver(flow: TcpFlow, packet: Packet): void {
    const endpoint = flow.endpoint!;
    const before = endpoint instanceof TcpConnection ? endpoint.sndUna : 0;
    endpoint.receive(this.segment);
    if (endpoint instanceof TcpConnection && endpoint.sndUna !== before) flow.confirmPending = true;
    this.netns.host.consumePacket(packet);
  }

  /** What of the IP header and the packet TCP looks at. */
  private readIpHeader(packet: Packet): void {
    const segment = this.segment;
    const ecn = packet.buf[packet.networkOffset + IPV4.TOS]! & 3;
    segment.congestionExperienced = ecn === 3;
    segment.ecnCapable = ecn !== 0;
    segment.gsoSizeBytes = packet.gsoSize;
  }

  /** A SYN may take over a flow in TIME-WAIT; the listener then sees it. */
  private reopened(flow: TcpFlow): boolean {
    return flow.endpoint instanceof TcpConnection && flow.endpoint.yieldsTo(this.segment);
  }

  private findFlow(local: number, localPort: number, remote: number, remotePort: number): TcpFlow | null {
    const bucket = this.flows.get(flowKey(local, localPort, remote, remotePort));
    if (bucket === undefined) return null;
    for (const flow of bucket) {
      if (
        flow.remotePort === remotePort &&
        flow.remoteAddress === remote &&
        flow.localPort === localPort &&
        flow.localAddress === local
      ) {
        return flow;
      }
    }
    return null;
  }

  private findListener(address: number, port: number): TcpSocket | null {
    const sockets = this.listeners.get(port);
    if (sockets === undefined) return null;
    return (
      sockets.find((socket) => socket.localAddress === address) ??
      sockets.find((socket) => socket.localAddress === 0) ??
      null
    );
  }

  private take(socket: TcpSocket, port: number): void {
    socket.localPort = port;
    const sockets = this.bound.get(port);
    if (sockets === undefined) this.bound.set(port, [socket]);
    else sockets.push(socket);
  }

  private conflicts(socket: TcpSocket, port: number): boolean {
    const others = this.bound.get(port) ?? [];
    return others.some((other) => {
      const overlaps =
        other.localAddress === 0 || socket.localAddress === 0 || other.localAddress === socket.localAddress;
      if (!overlaps) return false;
      return !(other.reuseAddress && socket.reuseAddress && other.listener === null);
    });
  }
}

function flowKey(local: number, localPort: number, remote: number, remotePort: number): number {
  let hash = Math.imul(local, 0x9e3779b1) ^ Math.imul(remote, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ ((localPort << 16) | remotePort), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}
