import type { TcpEndpoint, TcpEnvironment, TcpTimer } from './tcp-environment.ts';
import type { TcpError } from './tcp-error.ts';
import { ACK, CWR, ECE, RST, SYN } from './tcp-header.ts';
import { clampMss } from './tcp-input.ts';
import type { TcpListener } from './tcp-listener.ts';
import { mssToAdvertise } from './tcp-mss.ts';
import { initialWindow, windowScaleFor } from './tcp-receive-window.ts';
import { fillReset } from './tcp-reset.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import { SegmentOrigin, TcpSegmentOut } from './tcp-segment-out.ts';
import { seqAfter, seqDiff } from './sequence.ts';

const TIMESTAMP_BYTES = 12;

/**
 * A SYN that was answered and not yet acknowledged (struct tcp_request_sock): small, because anyone can make
 * many. The final ACK turns it into a connection.
 */
export class TcpRequest implements TcpEndpoint {
  readonly environment: TcpEnvironment;
  readonly listener: TcpListener;
  readonly out = new TcpSegmentOut();
  readonly initialReceiveSequence: number;
  readonly initialSendSequence: number;
  readonly advertisedMss: number;
  readonly peerMss: number;
  readonly timestampsOk: boolean;
  readonly sackOk: boolean;
  readonly sndWscale: number;
  readonly windowScaleOk: boolean;
  readonly rcvWscale: number;
  readonly rcvWnd: number;
  readonly ecnOk: boolean;
  readonly timestampOffset: number;
  /** When the SYN-ACK left first. */
  readonly sentNs: number;
  tsRecent: number;
  retransmits = 0;
  private readonly timer: TcpTimer;
  private timeouts = 0;

  constructor(listener: TcpListener, environment: TcpEnvironment, segment: TcpSegmentIn) {
    const settings = environment.settings;
    this.listener = listener;
    this.environment = environment;
    this.initialReceiveSequence = segment.sequence;
    this.initialSendSequence = environment.initialSequence();
    this.advertisedMss = mssToAdvertise(environment);
    this.peerMss = clampMss(segment.mssBytes);
    this.timestampsOk = settings.timestamps && segment.hasTimestamps;
    this.sackOk = settings.sack && segment.sackPermitted;
    this.windowScaleOk = settings.windowScaling && segment.windowScale >= 0;
    this.sndWscale = this.windowScaleOk ? segment.windowScale : 0;
    this.rcvWscale = this.windowScaleOk ? windowScaleFor(settings) : 0;
    const windowMss = this.advertisedMss - (this.timestampsOk ? TIMESTAMP_BYTES : 0);
    this.rcvWnd = initialWindow(listener.receiveBufferBytes, windowMss);
    this.ecnOk = settings.ecn !== 0 && (segment.flags & (ECE | CWR)) === (ECE | CWR) && !segment.ecnCapable;
    this.timestampOffset = environment.timestampOffset();
    this.tsRecent = segment.tsVal;
    this.sentNs = environment.nowNs();
    this.timer = environment.createTimer(() => this.timeout());
  }

  /** Answers the SYN for the first time. */
  start(): void {
    this.sendSynAck();
    this.timer.arm(this.environment.settings.rtoInitialNs);
  }

  receive(segment: TcpSegmentIn): void {
    this.listener.receiveForRequest(this, segment);
  }

  /** The SYN-ACK is far below any MTU. */
  onPathMtu(_quotedSequence: number): void {}

  /** Linux drops the request for hard errors about its SYN-ACK (inet_csk_reqsk_queue_drop). */
  onIcmpError(_error: TcpError, _hard: boolean, quotedSequence: number): void {
    if (quotedSequence === this.initialSendSequence) this.listener.dropRequest(this);
  }

  cancel(): void {
    this.timer.cancel();
  }

  sendSynAck(): void {
    const out = this.out;
    out.reset();
    out.sequence = this.initialSendSequence;
    out.acknowledgement = (this.initialReceiveSequence + 1) >>> 0;
    out.flags = SYN | ACK | (this.ecnOk ? ECE : 0);
    out.window = Math.min(this.rcvWnd, 65535);
    out.origin = SegmentOrigin.REQUEST;
    out.mssBytes = this.advertisedMss;
    if (this.windowScaleOk) out.windowScale = this.rcvWscale;
    out.sackPermitted = this.sackOk;
    this.putTimestamps();
    this.environment.transmit(out);
  }

  /** An ACK for a segment that is not the one waited for (tcp_v4_reqsk_send_ack). */
  sendAck(): void {
    const out = this.out;
    out.reset();
    out.sequence = (this.initialSendSequence + 1) >>> 0;
    out.acknowledgement = (this.initialReceiveSequence + 1) >>> 0;
    out.flags = ACK;
    out.window = this.rcvWnd >> this.rcvWscale;
    out.origin = SegmentOrigin.CONTROL;
    this.putTimestamps();
    this.environment.transmit(out);
  }

  sendReset(segment: TcpSegmentIn): void {
    if (!fillReset(segment, this.out)) return;
    this.environment.counters.OutRsts += 1;
    this.environment.transmit(this.out);
  }

  /** An old timestamp (RFC 7323 section 5). */
  isOld(segment: TcpSegmentIn): boolean {
    return this.timestampsOk && segment.hasTimestamps && seqDiff(this.tsRecent, segment.tsVal) > 0;
  }

  isInWindow(segment: TcpSegmentIn): boolean {
    const next = (this.initialReceiveSequence + 1) >>> 0;
    if (segment.sequence === next) return true;
    return seqAfter(segment.endSequence, next) && seqDiff(segment.sequence, next) < this.rcvWnd;
  }

  private putTimestamps(): void {
    if (!this.timestampsOk) return;
    const out = this.out;
    out.hasTimestamps = true;
    out.tsVal = (Math.floor(this.environment.nowNs() / 1e6) + this.timestampOffset) >>> 0;
    out.tsEcr = this.tsRecent;
  }

  /** SYN-ACK again after 1, 3, 7, 15 and 31 s; given up after 63 s by default. */
  private timeout(): void {
    const settings = this.environment.settings;
    if (this.timeouts >= settings.synAckRetries) {
      this.listener.dropRequest(this);
      return;
    }
    this.timeouts += 1;
    this.retransmits += 1;
    this.environment.counters.RetransSegs += 1;
    this.sendSynAck();
    this.timer.arm(Math.min(settings.rtoInitialNs * 2 ** this.timeouts, settings.rtoMaxNs));
  }
}

/** Whether a segment is a reset. */
export function isReset(segment: TcpSegmentIn): boolean {
  return (segment.flags & RST) !== 0;
}
