import { pseudoHeaderSum } from '../../protocols/checksum.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { SegmentOrigin, type TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { ipSend, outputDevice, routeError } from '../namespace/ipv4-output.ts';
import type { Ipv4Route } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { StreamFlow, type TcpFlowOptions } from './stream-flow.ts';

/** One TCP flow of a namespace over IPv4. */
export class TcpFlow extends StreamFlow<number> {
  override readonly ipHeaderBytes = 20;
  override readonly flowHash: number;
  private route: Ipv4Route | null = null;
  private routeGeneration = -1;
  private nextId: number;

  constructor(
    netns: NetNamespace,
    localAddress: number,
    localPort: number,
    remoteAddress: number,
    remotePort: number,
    options: TcpFlowOptions,
  ) {
    super(netns, localAddress, localPort, remoteAddress, remotePort, options);
    const { random } = netns.sockets.tcp;
    this.nextId = random.below(65536);
    this.flowHash = random.uint32() | 1;
  }

  /** Builds the packet and sends it (ip_queue_xmit). Without a route the segment is lost, as in the kernel. */
  override transmit(segment: TcpSegmentOut): void {
    const { netns, localAddress, remoteAddress, options } = this;
    const route = this.currentRoute();
    if (route === null || routeError(route) !== 0) return;
    const sum = pseudoHeaderSum(localAddress, remoteAddress, PROTO.TCP, segment.lengthBytes);
    const packet = this.build(segment, sum);
    const fromSocket = segment.origin === SegmentOrigin.CONNECTION;
    const id = fromSocket ? this.takeIds(segment.segments) : 0;
    const ttl = options.ttl !== 0 ? options.ttl : netns.sysctl.ipDefaultTtl;
    const tos = this.tosOf(segment);
    ipSend(netns, packet, route, localAddress, remoteAddress, PROTO.TCP, ttl, tos, id, true);
  }

  override mtuBytes(): number {
    const route = this.currentRoute();
    return route === null ? 1500 : this.netns.ipv4.pathMtu.mtu(route, this.remoteAddress);
  }

  override gsoMaxBytes(): number {
    const route = this.currentRoute();
    return route === null ? 0 : outputDevice(this.netns, route).features.gsoMaxBytes;
  }

  protected override keyedHash(ports: number): number {
    return this.netns.sockets.tcp.keyedHash(this.localAddress, this.remoteAddress, ports);
  }

  /** The first of as many identifications as the packet is cut into (ip_select_ident_segs). */
  private takeIds(segments: number): number {
    const id = this.nextId;
    this.nextId = (id + segments) & 0xffff;
    return id;
  }

  private currentRoute(): Ipv4Route | null {
    const { fib } = this.netns.ipv4;
    if (this.routeGeneration !== fib.generation) {
      const { mark, tos } = this.options;
      this.route = fib.lookup(this.remoteAddress, null, this.localAddress, null, mark, tos);
      this.routeGeneration = fib.generation;
    }
    return this.route;
  }
}
