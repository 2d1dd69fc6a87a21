import { put16 } from '../../protocols/bytes.ts';
import { checksumAddWords, checksumFold, pseudoHeaderSum } from '../../protocols/checksum.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import type { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import type { TcpEndpoint, TcpEnvironment, TcpTimer } from '../../protocols/tcp/tcp-environment.ts';
import { TCP_CHECKSUM } from '../../protocols/tcp/tcp-header.ts';
import { SegmentOrigin, type TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import { Stage } from '../host/cost-meter.ts';
import { ipSend, outputDevice, routeError } from '../namespace/ipv4-output.ts';
import type { Ipv4Route } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';
import { Timer } from '../sim/timer.ts';
import type { Process, ProcessResource } from '../host/process.ts';

const ECT_0 = 0x02;

/** What a socket sets for all its segments. */
export interface TcpFlowOptions {
  ttl: number;
  tos: number;
  mark: number;
}

export const DEFAULT_FLOW_OPTIONS: TcpFlowOptions = { ttl: 0, tos: 0, mark: 0 };

/** The socket of a flow, as far as its table, ss and netstat look at it. */
export interface FlowSocket extends ProcessResource {
  owner: Process | null;
  /** sk_add_backlog: takes a segment that comes while a call owns the socket. False when none does. */
  holdSegment(packet: Packet): boolean;
}

/** One TCP flow of a namespace over IPv4: what binds the machine of protocols/tcp to IP. */
export class TcpFlow implements TcpEnvironment {
  readonly ipHeaderBytes = 20;
  readonly netns: NetNamespace;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  options: TcpFlowOptions;
  /** What segments of the flow go to. */
  endpoint: TcpEndpoint | null = null;
  /** The socket that the flow belongs to; null while it is a request. */
  socket: FlowSocket | null = null;
  /** Progress was made, so the next hop is alive (sk_dst_confirm): told to its entry with the next segment. */
  confirmPending = false;
  /** skb->hash of the socket: one value for the flow's life. */
  readonly flowHash: number;
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
    this.netns = netns;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.options = options;
    const table = netns.sockets.tcp;
    this.settings = table.settings;
    this.counters = table.counters;
    this.nextId = table.random.below(65536);
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

  /** Builds the packet and sends it (ip_queue_xmit). Without a route the segment is lost, as in the kernel. */
  transmit(segment: TcpSegmentOut): void {
    const netns = this.netns;
    const route = this.currentRoute();
    if (route === null || routeError(route) !== 0) return;
    const host = netns.host;
    const length = segment.lengthBytes;
    const packet = host.pool.alloc(length);
    segment.write(packet.buf, packet.head, this.localPort, this.remotePort);
    const sum = pseudoHeaderSum(this.localAddress, this.remoteAddress, PROTO.TCP, length);
    const check =
      ~checksumFold(checksumAddWords(sum, packet.buf, packet.words, packet.head, length)) & 0xffff;
    put16(packet.buf, packet.head + TCP_CHECKSUM, check);
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = this.options.mark;
    packet.flowHash = this.flowHash;
    packet.gsoSize = segment.gsoSizeBytes;
    if (host.cost !== null) host.cost.charge(Stage.socketSend, length);
    packet.dstPendingConfirm = this.confirmPending;
    this.confirmPending = false;
    const fromSocket = segment.origin === SegmentOrigin.CONNECTION;
    const id = fromSocket ? this.takeIds(segment.segments) : 0;
    const ttl = this.options.ttl !== 0 ? this.options.ttl : netns.sysctl.ipDefaultTtl;
    const tos = this.options.tos | (segment.ecnCapable ? ECT_0 : 0);
    const source = this.localAddress;
    ipSend(netns, packet, route, source, this.remoteAddress, PROTO.TCP, ttl, tos, id, true);
  }

  mtuBytes(): number {
    const route = this.currentRoute();
    return route === null ? 1500 : this.netns.ipv4.pathMtu.mtu(route, this.remoteAddress);
  }

  randomUint32(): number {
    return this.netns.sockets.tcp.random.uint32();
  }

  /** secure_tcp_seq: a keyed hash of the flow plus a clock of 64 ns ticks. */
  initialSequence(): number {
    const ports = ((this.localPort << 16) | this.remotePort) >>> 0;
    const hash = this.netns.sockets.tcp.keyedHash(this.localAddress, this.remoteAddress, ports);
    return (hash + Math.floor(this.nowNs() / 64)) >>> 0;
  }

  /** secure_tcp_ts_off: a keyed hash of the addresses. */
  timestampOffset(): number {
    return this.netns.sockets.tcp.keyedHash(this.localAddress, this.remoteAddress, 0);
  }

  gsoMaxBytes(): number {
    const route = this.currentRoute();
    return route === null ? 0 : outputDevice(this.netns, route).features.gsoMaxBytes;
  }

  /** The first of as many identifications as the packet is cut into (ip_select_ident_segs). */
  private takeIds(segments: number): number {
    const id = this.nextId;
    this.nextId = (id + segments) & 0xffff;
    return id;
  }

  private currentRoute(): Ipv4Route | null {
    const fib = this.netns.ipv4.fib;
    if (this.routeGeneration !== fib.generation) {
      this.route = fib.lookup(
        this.remoteAddress,
        null,
        this.localAddress,
        null,
        this.options.mark,
        this.options.tos,
      );
      this.routeGeneration = fib.generation;
    }
    return this.route;
  }
}
