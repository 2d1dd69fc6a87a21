import { put16 } from '../../protocols/bytes.ts';
import { checksumAddWords, checksumFold } from '../../protocols/checksum.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../../protocols/ipv6.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import type { TcpEndpoint, TcpEnvironment, TcpTimer } from '../../protocols/tcp/tcp-environment.ts';
import { TCP_CHECKSUM } from '../../protocols/tcp/tcp-header.ts';
import type { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { pseudoHeaderSumOf } from '../namespace/icmpv6.ts';
import { ipSend6, outputDevice6 } from '../namespace/ipv6-output.ts';
import { routeError6, type Ipv6Route } from '../namespace/ipv6-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { CHECKSUM_UNNECESSARY } from '../packet/packet.ts';
import { Timer } from '../sim/timer.ts';
import type { FlowSocket, TcpFlowOptions } from './tcp-flow.ts';

const ECT_0 = 0x02;

/** One TCP flow of a namespace over IPv6: what binds the machine of protocols/tcp to IP. */
export class TcpFlow6 implements TcpEnvironment {
  readonly ipHeaderBytes = IPV6_HEADER_LENGTH;
  readonly netns: NetNamespace;
  readonly localAddress: Ipv6Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv6Address;
  readonly remotePort: number;
  /** The device that a link-local peer is on, or null. */
  readonly zone: NetDevice | null;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  options: TcpFlowOptions;
  /** What segments of the flow go to. */
  endpoint: TcpEndpoint | null = null;
  /** The socket that the flow belongs to; null while it is a request. */
  socket: FlowSocket | null = null;
  /** Progress was made, so the next hop is alive (sk_dst_confirm): told to its entry with the next segment. */
  confirmPending = false;
  /** sk_txhash: the flow label and the tunnel's choice of port come from it. */
  readonly flowHash: number;
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
    this.netns = netns;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.zone = zone;
    this.options = options;
    const table = netns.sockets.tcp;
    this.settings = table.settings;
    this.counters = table.counters;
    this.flowHash = table.random.uint32() | 1;
  }

  nowNs(): number {
    return this.netns.host.nowNs();
  }

  createTimer(callback: () => void): TcpTimer {
    const host = this.netns.host;
    return new Timer(host.sim, () => {
      // What the timer sends is delivered once it has run, not in its middle.
      host.backlog.hold();
      host.runJob(callback);
      host.backlog.release();
    });
  }

  /** Builds the packet and sends it (inet6_csk_xmit). Without a route the segment is lost, as in the kernel. */
  transmit(segment: TcpSegmentOut): void {
    const { netns, localAddress, remoteAddress, options } = this;
    const route = this.currentRoute();
    if (route === null || routeError6(route) !== 0) return;
    const host = netns.host;
    const length = segment.lengthBytes;
    const packet = host.pool.alloc(length);
    const { buf, head } = packet;
    segment.write(buf, head, this.localPort, this.remotePort);
    const sum = pseudoHeaderSumOf(localAddress, remoteAddress, PROTO.TCP, length);
    const check = ~checksumFold(checksumAddWords(sum, buf, packet.words, head, length)) & 0xffff;
    put16(buf, head + TCP_CHECKSUM, check);
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = options.mark;
    packet.flowHash = this.flowHash;
    packet.gsoSize = segment.gsoSizeBytes;
    if (host.cost !== null) host.cost.charge(Stage.socketSend, length);
    packet.dstPendingConfirm = this.confirmPending;
    this.confirmPending = false;
    const hops = options.ttl !== 0 ? options.ttl : netns.ipv6!.hopLimitFor(route, remoteAddress);
    const trafficClass = options.tos | (segment.ecnCapable ? ECT_0 : 0);
    const label = this.flowHash & 0xfffff;
    ipSend6(netns, packet, route, localAddress, remoteAddress, PROTO.TCP, hops, trafficClass, label);
  }

  mtuBytes(): number {
    const route = this.currentRoute();
    return route === null ? 1500 : this.netns.ipv6!.pathMtu.mtu(route, this.remoteAddress);
  }

  randomUint32(): number {
    return this.netns.sockets.tcp.random.uint32();
  }

  /** secure_tcpv6_seq: a keyed hash of the flow plus a clock of 64 ns ticks. */
  initialSequence(): number {
    const ports = ((this.localPort << 16) | this.remotePort) >>> 0;
    return (this.hash(ports) + Math.floor(this.nowNs() / 64)) >>> 0;
  }

  /** secure_tcpv6_ts_off: a keyed hash of the addresses. */
  timestampOffset(): number {
    return this.hash(0);
  }

  gsoMaxBytes(): number {
    const route = this.currentRoute();
    return route === null ? 0 : outputDevice6(this.netns, route).features.gsoMaxBytes;
  }

  private hash(ports: number): number {
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
