import { get16, get32 } from '../../protocols/bytes.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { IPV4, ipv4Destination, ipv4Source, PROTO } from '../../protocols/ipv4.ts';
import { pseudoHeaderSum } from '../../protocols/checksum.ts';
import { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import { fillReset } from '../../protocols/tcp/tcp-reset.ts';
import { DEFAULT_TCP_SETTINGS, type TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import { RTN_LOCAL } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { addressesOverlap } from './address-overlap.ts';
import { icmpErrno } from './icmp-errno.ts';
import { DEFAULT_FLOW_OPTIONS } from './stream-flow.ts';
import { flowKey, StreamTable } from './stream-table.ts';
import { TcpFlow } from './tcp-flow.ts';
import type { TcpSocket } from './tcp-socket.ts';

/** The TCP sockets of a namespace, and what both families count, draw and are set by. */
export class TcpTable extends StreamTable<TcpFlow, TcpSocket> {
  readonly random: RandomStream;
  readonly settings: TcpSettings = { ...DEFAULT_TCP_SETTINGS };
  readonly counters: TcpCounters = new TcpCounters();
  /** InSegs, InErrs and InCsumErrors of /proc/net/snmp: what the table counts before a flow is known. */
  readonly received = { inSegs: 0, inErrs: 0, inCsumErrors: 0 };
  private readonly key: number;

  constructor(netns: NetNamespace) {
    super(netns);
    this.random = netns.host.sim.random.stream(`${netns.host.name}/${netns.id}:tcp`);
    this.key = this.random.uint32();
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
    this.reportError(flow, sequence, icmpErrno(report.type, report.code));
  }

  /** Whether a socket holds this local port. */
  isPortInUse(port: number, address = 0): boolean {
    return this.bound.at(port).some((socket) => addressesOverlap(address, socket.localAddress));
  }

  hasFlow(local: number, localPort: number, remote: number, remotePort: number): boolean {
    return this.findFlow(local, localPort, remote, remotePort) !== null;
  }

  /** A keyed hash for sequence numbers and timestamp offsets. */
  keyedHash(a: number, b: number, c: number): number {
    let hash = Math.imul(a ^ this.key, 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + c, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  protected override dispatch(dev: NetDevice, packet: Packet): void {
    const host = this.netns.host;
    if (this.netns.xfrm !== null && !this.netns.xfrm.checkPolicy('in', packet)) {
      host.dropPacket(packet, DropReason.XFRM_POLICY, dev);
      return;
    }
    const segment = this.segment;
    const source = ipv4Source(packet.buf, packet.networkOffset);
    const destination = ipv4Destination(packet.buf, packet.networkOffset);
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
    const { tracer } = host.env;
    if (tracer !== null && listener !== null)
      tracer.step(this.netns, packet, { kind: 'delivered', to: 'tcp listener', owner: listener.owner });
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

  protected override pseudoHeaderSum({ buf, networkOffset }: Packet, length: number): number {
    const source = ipv4Source(buf, networkOffset);
    return pseudoHeaderSum(source, ipv4Destination(buf, networkOffset), PROTO.TCP, length);
  }

  protected override readIpHeader(packet: Packet): void {
    const segment = this.segment;
    const ecn = packet.buf[packet.networkOffset + IPV4.TOS]! & 3;
    segment.congestionExperienced = ecn === 3;
    segment.ecnCapable = ecn !== 0;
    segment.gsoSizeBytes = packet.gsoSize;
  }

  protected override isFlowFree(socket: TcpSocket, port: number): boolean {
    return !this.hasFlow(socket.localAddress, port, socket.remoteAddress, socket.remotePort);
  }

  protected override overlap(one: TcpSocket, two: TcpSocket): boolean {
    return addressesOverlap(one.localAddress, two.localAddress);
  }

  protected override keyOf(flow: TcpFlow): number {
    return flowKey(flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort);
  }

  private findFlow(local: number, localPort: number, remote: number, remotePort: number): TcpFlow | null {
    for (const flow of this.flows.at(flowKey(local, localPort, remote, remotePort))) {
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
    const sockets = this.listeners.at(port);
    return (
      sockets.find((socket) => socket.localAddress === address) ??
      sockets.find((socket) => socket.localAddress === 0) ??
      null
    );
  }
}
