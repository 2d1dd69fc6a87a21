import { get16, get32 } from '../../protocols/bytes.ts';
import { pseudoHeaderSum6 } from '../../protocols/checksum.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, ipv6TrafficClass } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { fillReset } from '../../protocols/tcp/tcp-reset.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Icmpv6ErrorReport } from '../namespace/icmpv6.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { addressesOverlap6 } from './address-overlap.ts';
import { icmpv6Errno } from './icmpv6-errno.ts';
import { DEFAULT_FLOW_OPTIONS } from './stream-flow.ts';
import { flowKey, StreamTable } from './stream-table.ts';
import { TcpFlow6 } from './tcp-flow6.ts';
import type { Tcp6Socket } from './tcp6-socket.ts';

/** The IPv6 TCP sockets of a namespace. */
export class Tcp6Table extends StreamTable<TcpFlow6, Tcp6Socket> {
  get settings(): TcpSettings {
    return this.netns.sockets.tcp.settings;
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
    this.reportError(flow, sequence, icmpv6Errno(report.type, report.code));
  }

  hasFlow(local: Ipv6Address, localPort: number, remote: Ipv6Address, remotePort: number): boolean {
    const bucket = this.flows.at(flowKey(local.w3, localPort, remote.w3, remotePort));
    return bucket.some(
      (flow) =>
        flow.localPort === localPort &&
        flow.remotePort === remotePort &&
        flow.localAddress.equals(local) &&
        flow.remoteAddress.equals(remote),
    );
  }

  protected override dispatch(dev: NetDevice, packet: Packet): void {
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
    const { tracer } = host.env;
    if (tracer !== null && listener !== null)
      tracer.step(this.netns, packet, { kind: 'delivered', to: 'tcp listener', owner: listener.owner });
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

  protected override pseudoHeaderSum({ buf, networkOffset }: Packet, length: number): number {
    const source = networkOffset + IPV6.SOURCE;
    return pseudoHeaderSum6(buf, source, networkOffset + IPV6.DESTINATION, PROTO.TCP, length);
  }

  protected override readIpHeader(packet: Packet): void {
    const segment = this.segment;
    const ecn = ipv6TrafficClass(packet.buf, packet.networkOffset) & 3;
    segment.congestionExperienced = ecn === 3;
    segment.ecnCapable = ecn !== 0;
    segment.gsoSizeBytes = packet.gsoSize;
  }

  /** A socket that takes IPv4 too needs the port in both families. */
  protected override isFlowFree(socket: Tcp6Socket, port: number): boolean {
    const usesIpv4 = !socket.v6Only && socket.localAddress.isUnspecified();
    if (usesIpv4 && this.netns.sockets.tcp.isPortInUse(port)) return false;
    return !this.hasFlow(socket.localAddress, port, socket.remoteAddress, socket.remotePort);
  }

  protected override overlap(one: Tcp6Socket, two: Tcp6Socket): boolean {
    return addressesOverlap6(one.localAddress, two.localAddress);
  }

  protected override keyOf(flow: TcpFlow6): number {
    return flowKey(flow.localAddress.w3, flow.localPort, flow.remoteAddress.w3, flow.remotePort);
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
    for (const flow of this.flows.at(key)) {
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
    const sockets = this.listeners.at(port);
    return (
      sockets.find((socket) => socket.localAddress.equals(address)) ??
      sockets.find((socket) => socket.localAddress.isUnspecified()) ??
      null
    );
  }
}
