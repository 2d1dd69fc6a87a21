import { put16 } from '../../protocols/bytes.ts';
import { checksumAddWords, checksumFold } from '../../protocols/checksum.ts';
import type { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import type { TcpEndpoint, TcpEnvironment, TcpTimer } from '../../protocols/tcp/tcp-environment.ts';
import { TCP_CHECKSUM } from '../../protocols/tcp/tcp-header.ts';
import type { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Process, ProcessResource } from '../host/process.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { CHECKSUM_UNNECESSARY, type Packet } from '../packet/packet.ts';
import { Timer } from '../sim/timer.ts';

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

/** What TCP flows over IPv4 and IPv6 share of binding the machine of protocols/tcp to IP. */
export abstract class StreamFlow<Address> implements TcpEnvironment {
  readonly netns: NetNamespace;
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
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
  abstract readonly ipHeaderBytes: number;
  /** sk_txhash: one value for the flow's life, of which tunnels and flow labels are made. */
  abstract readonly flowHash: number;

  constructor(
    netns: NetNamespace,
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
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

  randomUint32(): number {
    return this.netns.sockets.tcp.random.uint32();
  }

  /** secure_tcp_seq, secure_tcpv6_seq: a keyed hash of the flow plus a clock of 64 ns ticks. */
  initialSequence(): number {
    const ports = ((this.localPort << 16) | this.remotePort) >>> 0;
    return (this.keyedHash(ports) + Math.floor(this.nowNs() / 64)) >>> 0;
  }

  /** secure_tcp_ts_off, secure_tcpv6_ts_off: a keyed hash of the addresses. */
  timestampOffset(): number {
    return this.keyedHash(0);
  }

  abstract transmit(segment: TcpSegmentOut): void;
  abstract mtuBytes(): number;
  abstract gsoMaxBytes(): number;

  /** The addresses and a number, hashed with a key of the namespace's. */
  protected abstract keyedHash(ports: number): number;

  /** The packet of a segment from the TCP header on. `pseudoSum` is the pseudo header's part of its checksum. */
  protected build(segment: TcpSegmentOut, pseudoSum: number): Packet {
    const { host } = this.netns;
    const length = segment.lengthBytes;
    const packet = host.pool.alloc(length);
    const { buf, head } = packet;
    segment.write(buf, head, this.localPort, this.remotePort);
    const check = ~checksumFold(checksumAddWords(pseudoSum, buf, packet.words, head, length)) & 0xffff;
    put16(buf, head + TCP_CHECKSUM, check);
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    packet.mark = this.options.mark;
    packet.flowHash = this.flowHash;
    packet.gsoSize = segment.gsoSizeBytes;
    if (host.cost !== null) host.cost.charge(Stage.socketSend, length);
    packet.dstPendingConfirm = this.confirmPending;
    this.confirmPending = false;
    return packet;
  }

  /** The type of service, or traffic class, of a segment: the socket's, and that it may be marked (ECN). */
  protected tosOf(segment: TcpSegmentOut): number {
    return this.options.tos | (segment.ecnCapable ? ECT_0 : 0);
  }
}
