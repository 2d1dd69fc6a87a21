import { TcpConnection } from './tcp-connection.ts';
import type { TcpConnectionEvents, TcpEnvironment, TcpListenerEvents } from './tcp-environment.ts';
import { ACK, FIN, RST, SYN } from './tcp-header.ts';
import { enterEstablished } from './tcp-input.ts';
import { setHeaderLength } from './tcp-mss.ts';
import { fullSpace } from './tcp-receive-window.ts';
import { TcpRequest } from './tcp-request.ts';
import { sampleRtt, updateMinRtt } from './tcp-rtt.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import type { TcpSettings } from './tcp-settings.ts';
import { seqAdd } from './sequence.ts';
import { TcpState } from './tcp-state.ts';

/**
 * A listening socket: the SYN queue and the accept queue (inet_connection_sock.c, tcp_conn_request). Both hold
 * at most `backlog` entries; past that SYNs and final ACKs are dropped as Linux does, so clients try again.
 * Not modelled: SYN cookies, which Linux would send when the SYN queue is full.
 */
export class TcpListener {
  readonly settings: TcpSettings;
  private readonly events: TcpListenerEvents;
  backlog: number;
  /** SO_RCVBUF of the listener decides the first windows of its children. */
  receiveBufferBytes: number;
  receiveBufferLocked = false;
  private readonly requests = new Set<TcpRequest>();
  private readonly acceptQueue: TcpConnection[] = [];
  private closed = false;

  constructor(settings: TcpSettings, backlog: number, events: TcpListenerEvents) {
    this.settings = settings;
    this.backlog = backlog;
    this.events = events;
    this.receiveBufferBytes = settings.rmem[1];
  }

  /** Connections that wait for accept() (Recv-Q of `ss -l`). */
  get acceptQueueLength(): number {
    return this.acceptQueue.length;
  }

  get requestCount(): number {
    return this.requests.size;
  }

  /**
   * A segment that matched no flow but this listener; `environment` is made for its flow. False when it must be
   * answered with a reset (tcp-reset.ts).
   */
  receive(segment: TcpSegmentIn, environment: TcpEnvironment): boolean {
    if ((segment.flags & ACK) !== 0) return false;
    if ((segment.flags & RST) !== 0) return true;
    if ((segment.flags & SYN) === 0 || (segment.flags & FIN) !== 0 || this.closed) {
      environment.counters.TCPInvalidFlags += 1;
      return true;
    }
    this.receiveSyn(segment, environment);
    return true;
  }

  /** The oldest connection that completed its handshake, or null. */
  accept(): TcpConnection | null {
    return this.acceptQueue.shift() ?? null;
  }

  /** Stops listening: requests vanish, connections nobody accepted are reset. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const request of this.requests) this.dropRequest(request);
    for (const connection of this.acceptQueue.splice(0)) connection.abort();
  }

  private receiveSyn(segment: TcpSegmentIn, environment: TcpEnvironment): void {
    if (this.requests.size >= this.backlog) {
      environment.counters.TCPReqQFullDrop += 1;
      return;
    }
    if (this.isAcceptQueueFull()) {
      environment.counters.ListenOverflows += 1;
      return;
    }
    const request = new TcpRequest(this, environment, segment);
    this.requests.add(request);
    this.events.onRequest(this, request);
    request.start();
  }

  private isAcceptQueueFull(): boolean {
    return this.acceptQueue.length > this.backlog;
  }

  /** For requests: a segment of a flow in SYN-RECEIVED (tcp_check_req). */
  receiveForRequest(request: TcpRequest, segment: TcpSegmentIn): void {
    if (!this.requests.has(request)) return;
    const flags = segment.flags & (RST | SYN | ACK);
    if (segment.sequence === request.initialReceiveSequence && flags === SYN && !request.isOld(segment)) {
      request.retransmits += 1;
      request.sendSynAck();
      return;
    }
    if (request.isOld(segment) || !request.isInWindow(segment)) {
      if ((flags & RST) === 0) request.sendAck();
      request.environment.counters.TCPOutOfWindow += 1;
      return;
    }
    if ((flags & (RST | SYN)) !== 0) {
      request.environment.counters.AttemptFails += 1;
      if ((flags & RST) === 0) request.sendReset(segment);
      this.dropRequest(request);
      return;
    }
    if ((flags & ACK) === 0) {
      request.environment.counters.TCPInvalidFlags += 1;
      return;
    }
    if (segment.acknowledgement !== seqAdd(request.initialSendSequence, 1)) {
      request.environment.counters.TCPInvalidAck += 1;
      request.sendReset(segment);
      return;
    }
    this.complete(request, segment);
  }

  dropRequest(request: TcpRequest): void {
    request.cancel();
    if (this.requests.delete(request)) this.events.onRequestClosed(this, request);
  }

  private complete(request: TcpRequest, segment: TcpSegmentIn): void {
    const counters = request.environment.counters;
    if (this.isAcceptQueueFull()) {
      counters.ListenOverflows += 1;
      if (!this.settings.abortOnOverflow) return;
      request.sendReset(segment);
      this.dropRequest(request);
      return;
    }
    request.cancel();
    this.requests.delete(request);
    counters.PassiveOpens += 1;
    const relay = new EventRelay();
    const connection = new TcpConnection(request.environment, relay);
    adoptRequest(connection, request, segment);
    relay.target = this.events.onConnection(this, request, connection);
    this.acceptQueue.push(connection);
    connection.receive(segment);
    this.events.onAcceptable(this);
  }
}

/** The connection must exist before its owner can name where its events go. */
class EventRelay implements TcpConnectionEvents {
  target: TcpConnectionEvents | null = null;

  onEstablished(connection: TcpConnection): void {
    this.target?.onEstablished(connection);
  }
  onReadable(connection: TcpConnection): void {
    this.target?.onReadable(connection);
  }
  onWritable(connection: TcpConnection): void {
    this.target?.onWritable(connection);
  }
  onError(connection: TcpConnection, error: Parameters<TcpConnectionEvents['onError']>[1]): void {
    this.target?.onError(connection, error);
  }
  onClosed(connection: TcpConnection): void {
    this.target?.onClosed(connection);
  }
}

/** Gives a new connection what the handshake agreed on (tcp_create_openreq_child, TCP_SYN_RECV). */
function adoptRequest(c: TcpConnection, request: TcpRequest, segment: TcpSegmentIn): void {
  const nowNs = request.environment.nowNs();
  c.passive = true;
  c.receiveBufferBytes = request.listener.receiveBufferBytes;
  c.receiveBufferLocked = request.listener.receiveBufferLocked;
  c.timestampsOk = request.timestampsOk;
  c.timestampOffset = request.timestampOffset;
  c.sackOk = request.sackOk;
  c.windowScaleOk = request.windowScaleOk;
  c.sndWscale = request.sndWscale;
  c.rcvWscale = request.rcvWscale;
  c.ecnOk = request.ecnOk;
  c.mssClamp = request.peerMss;
  c.advertisedMss = request.advertisedMss;
  setHeaderLength(c);
  c.initialSendSequence = request.initialSendSequence;
  const first = seqAdd(request.initialSendSequence, 1);
  c.sndUna = first;
  c.sndNxt = first;
  c.writeSeq = first;
  c.sendBase = first;
  c.sndSml = first;
  c.highSeq = first;
  c.rttSeq = first;
  c.initialReceiveSequence = request.initialReceiveSequence;
  const next = seqAdd(request.initialReceiveSequence, 1);
  c.rcvNxt = next;
  c.rcvWup = next;
  c.rcvDataEnd = next;
  c.copiedSeq = next;
  c.rcvWnd = request.rcvWnd;
  c.rcvSsthresh = request.rcvWnd;
  c.windowClamp = Math.max(65535 << request.rcvWscale, Math.min(fullSpace(c), 65535));
  c.sndWl1 = request.initialReceiveSequence;
  c.sndWnd = segment.window << request.sndWscale;
  c.maxWindow = c.sndWnd;
  if (request.timestampsOk) {
    c.tsRecent = request.tsRecent;
    c.tsRecentStampNs = nowNs;
  }
  c.lastDataReceivedNs = nowNs;
  c.delivered = 1;
  c.totalRetransmits = request.retransmits;
  c.state = TcpState.SYN_RECEIVED;
  measureSynAck(c, request, nowNs);
  enterEstablished(c);
  if (request.timestampsOk) c.advertisedMss -= 12;
}

/** The SYN-ACK's round trip, unless it was sent twice. */
function measureSynAck(c: TcpConnection, request: TcpRequest, nowNs: number): void {
  if (request.retransmits > 0) return;
  const rttUs = Math.floor((nowNs - request.sentNs) / 1000);
  updateMinRtt(c, rttUs);
  sampleRtt(c, rttUs);
}
