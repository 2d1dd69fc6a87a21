import { ByteRing } from './byte-ring.ts';
import type { CaState, CongestionControl, CongestionSender } from './congestion/congestion-control.ts';
import { CaState as Ca, INFINITE_SSTHRESH } from './congestion/congestion-control.ts';
import { Cubic } from './congestion/cubic.ts';
import { Reno } from './congestion/reno.ts';
import { SequenceRanges } from './sequence-ranges.ts';
import { abortConnection, closeConnection, finish, shutdownSend } from './tcp-close.ts';
import type { TcpConnectionEvents, TcpEndpoint, TcpEnvironment, TcpTimer } from './tcp-environment.ts';
import type { TcpError } from './tcp-error.ts';
import { icmpError } from './tcp-icmp.ts';
import { receiveSegment } from './tcp-input.ts';
import { pathMtuChanged } from './tcp-mss.ts';
import { startConnect, writeStream } from './tcp-output.ts';
import { afterRead } from './tcp-receive-window.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { TcpSegmentOut } from './tcp-segment-out.ts';
import type { TcpSettings } from './tcp-settings.ts';
import { TcpState } from './tcp-state.ts';
import {
  compressedAckTimeout,
  delayedAckTimeout,
  keepaliveTimeout,
  PendingTimer,
  restartKeepalive,
  transmitTimeout,
} from './tcp-timers.ts';
import { yieldsToSyn } from './tcp-time-wait.ts';
import { TransmitQueue } from './transmit-queue.ts';

/** Events that wait for the end of the segment or timer being handled. */
export const EVENT_ESTABLISHED = 1;
export const EVENT_READABLE = 2;
export const EVENT_WRITABLE = 4;
export const EVENT_ERROR = 8;
export const EVENT_CLOSED = 16;

/**
 * One TCP connection (RFC 9293), behaving as Linux 6.1 does. This class holds the state and the calls of its
 * owner; the machine itself is in the tcp-*.ts files beside it, which read and write the fields below. Owners
 * use the methods and getters only.
 *
 * Not modelled: urgent data (the URG flag is ignored), fast open, MD5 and AO signatures, MPTCP, pacing and small
 * queues below the socket, path MTU probing (tcp_mtu_probing is 0 by default), memory pressure of the whole
 * system, the jiffy granularity of timers.
 */
export class TcpConnection implements TcpEndpoint, CongestionSender {
  readonly environment: TcpEnvironment;
  readonly settings: TcpSettings;
  readonly out = new TcpSegmentOut();
  private readonly events: TcpConnectionEvents;
  state: TcpState = TcpState.CLOSED;
  error: TcpError | null = null;
  /** A transient ICMP error, reported if the connection times out (sk_err_soft). */
  softError: TcpError | null = null;
  private pendingEvents = 0;
  private dispatching = false;

  // Owner's options.
  noDelay = false;
  keepAlive = false;
  /** SO_LINGER with zero seconds: close() resets. */
  lingerZero = false;
  /** TCP_USER_TIMEOUT; 0 is off. */
  userTimeoutNs = 0;
  sendBufferLocked = false;
  receiveBufferLocked = false;

  // Life cycle.
  /** close() was called: nobody reads any more. */
  orphaned = false;
  receiveShut = false;
  /** FIN follows the bytes written so far. */
  finQueued = false;
  finSent = false;
  /** FIN-WAIT-2 without a full socket: answers come from a timewait socket. */
  miniSocket = false;
  /** Made by a listener. */
  passive = false;

  // Send sequence space (RFC 9293 section 3.3.1).
  initialSendSequence = 0;
  sndUna = 0;
  sndNxt = 0;
  /** One past the last byte written (FIN not counted). */
  writeSeq = 0;
  /** Sequence of the first byte in the send ring. */
  sendBase = 0;
  sndWnd = 0;
  sndWl1 = 0;
  maxWindow = 0;
  /** End of the last segment smaller than an MSS (Minshall's rule). */
  sndSml = 0;
  readonly sendRing = new ByteRing();
  sendBufferBytes: number;
  /** write() took less than it was given. */
  noSpace = false;
  readonly queue = new TransmitQueue();

  // Receive sequence space.
  initialReceiveSequence = 0;
  rcvNxt = 0;
  /** rcvNxt when the last window was advertised, and that window. */
  rcvWup = 0;
  rcvWnd = 0;
  rcvSsthresh = 0;
  windowClamp = 0;
  /** Sequence of the next byte the owner reads. */
  copiedSeq = 0;
  /** One past the last in-order payload byte. */
  rcvDataEnd = 0;
  finReceived = false;
  /** A FIN arrived beyond a gap; it takes this sequence number. */
  finPending = false;
  finSequence = 0;
  readonly receiveRing = new ByteRing();
  receiveBufferBytes: number;
  /** What the queued data would cost the kernel (sk_rmem_alloc). */
  receiveMemoryBytes = 0;
  readonly outOfOrder = new SequenceRanges();
  /** tcp_space_adjust's measure of the reader. */
  spaceStartNs = 0;
  spaceSeq = 0;
  spaceBytes = 0;
  rcvRttUs = 0;
  rcvRttSeq = 0;
  rcvRttStartNs = 0;
  rcvRttLastTsEcr = 0;

  // Options in use.
  /** MSS option of the peer, bounded: the most it takes in one segment without options. */
  mssClamp = 536;
  advertisedMss = 0;
  /** TCP_MAXSEG of the socket, set before connect(); 0: as large as the route takes. */
  userMss = 0;
  /** Payload of a full segment now (without SACK blocks). */
  mssCache = 536;
  pathMtu = 0;
  /** 20 plus the options of every segment. */
  headerBytes = 20;
  timestampsOk = false;
  sackOk = false;
  windowScaleOk = false;
  sndWscale = 0;
  rcvWscale = 0;
  timestampOffset = 0;
  tsRecent = 0;
  tsRecentStampNs = -1;
  /** The current segment carried timestamps (rx_opt.saw_tstamp), and its echo less the offset. */
  sawTimestamps = false;
  tsEcr = 0;
  ecnOk = false;
  ecnQueueCwr = false;
  ecnDemandCwr = false;

  // SACK blocks to send, newest first; a D-SACK goes before them.
  readonly sackEdges = new Uint32Array(8);
  sackCount = 0;
  dsackPending = false;
  dsackStart = 0;
  dsackEnd = 0;

  // Round trip (RFC 6298 in the kernel's fixed point: srtt × 8, mdev × 4).
  srttUs8 = 0;
  mdevUs4 = 0;
  mdevMaxUs4 = 0;
  rttvarUs4 = 0;
  rttSeq = 0;
  minRttUs = Infinity;
  minRttStampNs = 0;
  rtoNs: number;
  backoff = 0;

  // Congestion.
  congestion: CongestionControl;
  caState: CaState = Ca.OPEN;
  cwnd: number;
  cwndCount = 0;
  cwndClamp = 0xffffffff;
  ssthresh = INFINITE_SSTHRESH;
  priorCwnd = 0;
  priorSsthresh = 0;
  pacingRateBytes = 0;
  cwndLimited = false;
  maxPacketsOut = 0;
  cwndUsageSeq = 0;
  cwndUsed = 0;
  cwndStampNs = 0;
  prrDelivered = 0;
  prrOut = 0;

  // Loss recovery.
  sackedOut = 0;
  lostOut = 0;
  retransOut = 0;
  /** Segments delivered and segments marked lost since the connection began. */
  delivered = 0;
  lostTotal = 0;
  totalRetransmits = 0;
  highSeq = 0;
  highestSack = 0;
  retransmitHint = -1;
  undoMarker = 0;
  undoActive = false;
  undoRetrans = 0;
  /** When the first retransmission of this episode left; 0 when none did. */
  retransStampNs = 0;
  reordering: number;
  reorderSeen = 0;
  frto = false;
  sackReneging = false;
  tlpHighSeq = 0;
  tlpActive = false;
  tlpRetransmitted = false;
  rackSentNs = 0;
  rackEndSeq = 0;
  rackRttUs = 0;
  rackAdvanced = false;
  rackDsackSeen = false;
  rackSteps = 1;
  rackPersist = 0;
  rackLastDelivered = 0;
  /** SACK blocks of the previous ACK, to skip what they covered. */
  readonly sackCache = new Uint32Array(8);
  sackCacheCount = 0;

  // Timers. `pendingTimer` says what the one transmit timer stands for.
  readonly transmitTimer: TcpTimer;
  pendingTimer: PendingTimer = PendingTimer.NONE;
  readonly ackTimer: TcpTimer;
  ackTimeoutNs = 0;
  private keepaliveTimerOrNull: TcpTimer | null = null;
  private sackTimerOrNull: TcpTimer | null = null;
  retransmits = 0;
  probesOut = 0;
  probesStartNs = 0;
  lastReceivedNs = 0;
  lastDataSentNs = 0;
  challengeAckNs = -Infinity;

  // Acknowledgement policy (inet_csk(sk)->icsk_ack).
  ackPending = 0;
  quickAcks = 0;
  pingPong = false;
  atoNs = 0;
  lastDataReceivedNs = 0;
  lastSegmentBytes = 0;
  rcvMss = 88;
  compressedAcks = 0;
  dupAckCounter = 0;
  compressedAckSeq = 0;

  constructor(environment: TcpEnvironment, events: TcpConnectionEvents) {
    const settings = environment.settings;
    this.environment = environment;
    this.settings = settings;
    this.events = events;
    this.sendBufferBytes = settings.wmem[1];
    this.receiveBufferBytes = settings.rmem[1];
    this.rtoNs = settings.rtoInitialNs;
    this.mdevUs4 = settings.rtoInitialNs / 1000;
    this.cwnd = settings.initialCwnd;
    this.reordering = settings.reordering;
    this.congestion = settings.congestionControl === 'reno' ? new Reno() : new Cubic();
    this.transmitTimer = environment.createTimer(() => transmitTimeout(this));
    this.ackTimer = environment.createTimer(() => delayedAckTimeout(this));
  }

  // ---- the owner's calls ----

  /** Active open (RFC 9293 section 3.10.1). */
  connect(): void {
    startConnect(this);
    this.dispatchEvents();
  }

  /** Queues bytes to send; returns how many fitted into the send buffer. onWritable tells when more do. */
  write(buf: Uint8Array, offset: number, length: number): number {
    return writeStream(this, buf, offset, length);
  }

  /** Takes up to `length` bytes of the stream; returns how many there were. */
  read(target: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.readableBytes);
    if (taken === 0) return 0;
    this.receiveRing.copyOut(0, target, offset, taken);
    this.taken(taken);
    return taken;
  }

  /** As read(), throwing the bytes away. */
  discard(length: number): number {
    const taken = Math.min(length, this.readableBytes);
    if (taken > 0) this.taken(taken);
    return taken;
  }

  /** Ends the stream to the peer after what was written: a half-close. */
  shutdown(): void {
    shutdownSend(this);
    this.dispatchEvents();
  }

  /** The owner is done: FIN, or RST when data was left unread (RFC 2525 section 2.17) or linger is zero. */
  close(): void {
    closeConnection(this);
    this.dispatchEvents();
  }

  /** Sends RST and forgets everything. */
  abort(): void {
    abortConnection(this);
    this.dispatchEvents();
  }

  /** SO_KEEPALIVE. */
  setKeepAlive(on: boolean): void {
    this.keepAlive = on;
    restartKeepalive(this);
  }

  /** SO_SNDBUF: the kernel doubles what it is given and stops tuning. */
  setSendBuffer(bytes: number): void {
    this.sendBufferBytes = Math.max(bytes * 2, 4608);
    this.sendBufferLocked = true;
  }

  /** SO_RCVBUF: likewise; to shape the SYN's window it must be set before connect(). */
  setReceiveBuffer(bytes: number): void {
    this.receiveBufferBytes = Math.max(bytes * 2, 2304);
    this.receiveBufferLocked = true;
  }

  /** TCP_NODELAY; what Nagle's rule held back goes out. */
  setNoDelay(on: boolean): void {
    this.noDelay = on;
    if (on && this.canSend) writeStream(this, EMPTY, 0, 0);
  }

  get readableBytes(): number {
    return (this.rcvDataEnd - this.copiedSeq) >>> 0;
  }

  /** Everything was read and the peer sent FIN (or the connection is gone). */
  get endOfStream(): boolean {
    return (
      this.readableBytes === 0 && (this.finReceived || this.receiveShut || this.state === TcpState.CLOSED)
    );
  }

  get canSend(): boolean {
    return (this.state === TcpState.ESTABLISHED || this.state === TcpState.CLOSE_WAIT) && !this.finQueued;
  }

  get writableBytes(): number {
    return this.canSend ? Math.max(0, this.sendBufferBytes - this.queuedBytes) : 0;
  }

  /** Bytes written that the peer has not acknowledged (Send-Q of `ss`). */
  get queuedBytes(): number {
    return (this.writeSeq - this.sendBase) >>> 0;
  }

  // ---- the world's calls ----

  receive(segment: TcpSegmentIn): void {
    receiveSegment(this, segment);
    this.dispatchEvents();
  }

  onPathMtu(quotedSequence: number): void {
    pathMtuChanged(this, quotedSequence);
    this.dispatchEvents();
  }

  onIcmpError(error: TcpError, hard: boolean, quotedSequence: number): void {
    icmpError(this, error, hard, quotedSequence);
    this.dispatchEvents();
  }

  /**
   * In TIME-WAIT: whether this SYN may start a new connection on the flow. Then the connection is finished
   * (onClosed is called) and the segment belongs to the listener.
   */
  yieldsTo(segment: TcpSegmentIn): boolean {
    if (!yieldsToSyn(this, segment)) return false;
    finish(this);
    this.dispatchEvents();
    return true;
  }

  // ---- for the machine ----

  get packetsOut(): number {
    return this.queue.last - this.queue.first;
  }

  get packetsInFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransOut;
  }

  /** One past the last byte the peer's window allows. */
  get windowEnd(): number {
    return (this.sndUna + this.sndWnd) >>> 0;
  }

  get hasUnsent(): boolean {
    return !this.finSent && (this.finQueued || this.sndNxt !== this.writeSeq);
  }

  get inSlowStart(): boolean {
    return this.cwnd < this.ssthresh;
  }

  get keepaliveTimer(): TcpTimer {
    return (this.keepaliveTimerOrNull ??= this.environment.createTimer(() => keepaliveTimeout(this)));
  }

  get compressedAckTimer(): TcpTimer {
    return (this.sackTimerOrNull ??= this.environment.createTimer(() => compressedAckTimeout(this)));
  }

  cancelKeepalive(): void {
    this.keepaliveTimerOrNull?.cancel();
  }

  cancelCompressedAck(): void {
    this.compressedAcks = 0;
    this.sackTimerOrNull?.cancel();
  }

  get anyTimerArmed(): boolean {
    const keepalive = this.keepaliveTimerOrNull?.armed ?? false;
    const sack = this.sackTimerOrNull?.armed ?? false;
    return this.transmitTimer.armed || this.ackTimer.armed || keepalive || sack;
  }

  nowUs(): number {
    return Math.floor(this.environment.nowNs() / 1000);
  }

  isCwndLimited(): boolean {
    if (this.cwndLimited) return true;
    return this.inSlowStart && this.cwnd < 2 * this.maxPacketsOut;
  }

  countHystart(train: boolean): void {
    if (train) this.environment.counters.TCPHystartTrainDetect += 1;
    else this.environment.counters.TCPHystartDelayDetect += 1;
  }

  setCaState(state: CaState): void {
    this.congestion.onStateChange(this, state);
    this.caState = state;
  }

  notify(event: number): void {
    this.pendingEvents |= event;
  }

  /** Tells the owner what happened, once the machine is at rest; calls from within an event do not nest. */
  dispatchEvents(): void {
    if (this.pendingEvents === 0 || this.dispatching) return;
    this.dispatching = true;
    while (this.pendingEvents !== 0) {
      const pending = this.pendingEvents;
      this.pendingEvents = 0;
      if (pending & EVENT_ESTABLISHED) this.events.onEstablished(this);
      if (pending & EVENT_READABLE && !this.orphaned) this.events.onReadable(this);
      if (pending & EVENT_WRITABLE && !this.orphaned) this.events.onWritable(this);
      if (pending & EVENT_ERROR && this.error !== null) this.events.onError(this, this.error);
      if (pending & EVENT_CLOSED) this.events.onClosed(this);
    }
    this.dispatching = false;
  }

  private taken(length: number): void {
    this.receiveRing.consume(length);
    const held = this.readableBytes + this.outOfOrder.bytes;
    this.receiveMemoryBytes = Math.round((this.receiveMemoryBytes * (held - length)) / held);
    this.copiedSeq = (this.copiedSeq + length) >>> 0;
    afterRead(this, length);
    this.dispatchEvents();
  }
}

const EMPTY = new Uint8Array(0);
