import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../../protocols/ipv6.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { NetDevice } from '../device/net-device.ts';
import { pseudoHeaderSumOf } from '../namespace/icmpv6.ts';
import { ipSend6, outputDevice6 } from '../namespace/ipv6-output.ts';
import { routeError6, type Ipv6Route } from '../namespace/ipv6-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { StreamFlow, type TcpFlowOptions } from './stream-flow.ts';

/** One TCP flow of a namespace over IPv6. */
export class TcpFlow6 extends StreamFlow<Ipv6Address> {
  override readonly ipHeaderBytes = IPV6_HEADER_LENGTH;
  override readonly flowHash: number;
  /** The device that a link-local peer is on, or null. */
  readonly zone: NetDevice | null;
  private route: Ipv6Route | null = null;
  private routeGeneration = -1;

  constructor(
    netns: NetNamespace,
    localAddress: Ipv6Address,
    localPort: number,
    remoteAddress: Ipv6Address,
    remotePort: number,
    zone: NetDevice | null,
    options: TcpFlowOptions,
  ) {
    super(netns, localAddress, localPort, remoteAddress, remotePort, options);
    this.zone = zone;
    this.flowHash = netns.sockets.tcp.random.uint32() | 1;
  }

  /** Builds the packet and sends it (inet6_csk_xmit). Without a route the segment is lost, as in the kernel. */
  override transmit(segment: TcpSegmentOut): void {
    const { netns, localAddress, remoteAddress, options } = this;
    const route = this.currentRoute();
    if (route === null || routeError6(route) !== 0) return;
    const sum = pseudoHeaderSumOf(localAddress, remoteAddress, PROTO.TCP, segment.lengthBytes);
    const packet = this.build(segment, sum);
    const hops = options.ttl !== 0 ? options.ttl : netns.ipv6!.hopLimitFor(route, remoteAddress);
    const trafficClass = this.tosOf(segment);
    const label = this.flowHash & 0xfffff;
    ipSend6(netns, packet, route, localAddress, remoteAddress, PROTO.TCP, hops, trafficClass, label);
  }

  override mtuBytes(): number {
    const route = this.currentRoute();
    return route === null ? 1500 : this.netns.ipv6!.pathMtu.mtu(route, this.remoteAddress);
  }

  override gsoMaxBytes(): number {
    const route = this.currentRoute();
    return route === null ? 0 : outputDevice6(this.netns, route).features.gsoMaxBytes;
  }

  protected override keyedHash(ports: number): number {
    const { localAddress: local, remoteAddress: remote } = this;
    const table = this.netns.sockets.tcp;
    const localHash = table.keyedHash(local.w0 ^ local.w1, local.w2, local.w3);
    const remoteHash = table.keyedHash(remote.w0 ^ remote.w1, remote.w2, remote.w3);
    return table.keyedHash(localHash, remoteHash, ports);
  }

  private currentRoute(): Ipv6Route | null {
    const stack = this.netns.ipv6;
    if (stack === null) return null;
    const expired = this.route !== null && this.route.expiresNs <= this.netns.host.sim.nowNs;
    if (this.routeGeneration !== stack.fib.generation || expired) {
      this.route = stack.fib.lookup(this.remoteAddress, this.zone);
      this.routeGeneration = stack.fib.generation;
    }
    return this.route;
  }
}
