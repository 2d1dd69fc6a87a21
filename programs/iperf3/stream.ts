import type { Process } from '../../core/host/process.ts';
import type { UdpSocket } from '../../core/socket/udp-socket.ts';
import { get32, put32 } from '../../protocols/bytes.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import type { TestParameters } from './settings.ts';

/** How often a sender with a rate looks whether it may go on (--pacing-timer). */
const PACING_NS = 1_000_000;
const RECEIVE_BYTES = 131_072;

/** When a test's sending ends. */
export interface TestClock {
  startNs: number;
  ended: boolean;
}

/** One data stream of a test, seen from one end. Counters only grow; reports take differences. */
export abstract class DataStream {
  readonly id: number;
  readonly sending: boolean;
  readonly test: TestParameters;
  protected readonly proc: Process;
  bytes = 0;
  packets = 0;
  /** UDP: datagrams that a gap in the numbers told of, and the mean deviation of transit times. */
  lost = 0;
  jitterS = 0;

  constructor(proc: Process, id: number, sending: boolean, test: TestParameters) {
    this.proc = proc;
    this.id = id;
    this.sending = sending;
    this.test = test;
  }

  abstract get local(): { address: IpAddress; port: number };
  abstract get remote(): { address: IpAddress; port: number };
  abstract receive(): Run<void>;
  abstract close(): void;
  /** Sends one block: false when the socket's buffer is full. */
  protected abstract sendBlock(): boolean;
  protected abstract waitWritable(): Run<void>;

  get retransmits(): number {
    return 0;
  }

  /** The congestion window in bytes; 0 where there is none. */
  get windowBytes(): number {
    return 0;
  }

  /** Sends until the clock says that the test has ended, or all bytes of -n are sent, at the rate of -b. */
  *send(clock: TestClock): Run<void> {
    const { test, proc } = this;
    while (!clock.ended && !this.sentAll) {
      const elapsedS = (proc.nowNs - clock.startNs) / 1e9;
      if (test.rateBps > 0 && this.bytes * 8 > test.rateBps * elapsedS) yield* proc.sleep(PACING_NS);
      else if (!this.sendBlock()) yield* this.waitWritable();
    }
  }

  get sentAll(): boolean {
    return this.test.bytes > 0 && this.bytes * this.test.streams >= this.test.bytes;
  }
}

/** A TCP stream. */
export class TcpDataStream extends DataStream {
  private readonly socket: AnyTcpSocket;
  private readonly block: Uint8Array;
  private blockSent = 0;

  constructor(proc: Process, id: number, sending: boolean, test: TestParameters, socket: AnyTcpSocket) {
    super(proc, id, sending, test);
    this.socket = socket;
    this.block = new Uint8Array(test.blockBytes);
    const connection = socket.connection;
    if (test.noDelay) connection?.setNoDelay(true);
    if (test.windowBytes > 0) {
      connection?.setSendBuffer(test.windowBytes);
      connection?.setReceiveBuffer(test.windowBytes);
    }
  }

  get local() {
    return { address: this.socket.localAddress, port: this.socket.localPort };
  }

  get remote() {
    return { address: this.socket.remoteAddress, port: this.socket.remotePort };
  }

  override get retransmits(): number {
    return this.sending ? (this.socket.connection?.totalRetransmits ?? 0) : 0;
  }

  override get windowBytes(): number {
    const connection = this.socket.connection;
    return connection === null ? 0 : connection.cwnd * connection.mssCache;
  }

  *receive(): Run<void> {
    for (;;) {
      const data = this.socket.receive(RECEIVE_BYTES);
      this.bytes += data.length;
      if (data.length > 0) continue;
      if (this.socket.endOfStream || this.socket.takeError() !== 0) return;
      yield* this.proc.wait(this.socket.readable);
    }
  }

  close(): void {
    this.socket.close();
  }

  protected sendBlock(): boolean {
    const taken = this.socket.send(this.block, this.blockSent);
    if (taken <= 0) return false;
    this.bytes += taken;
    this.blockSent = (this.blockSent + taken) % this.block.length;
    return this.blockSent === 0;
  }

  protected *waitWritable(): Run<void> {
    // Room that came while send(2) was at work has woken nobody.
    if ((this.socket.connection?.writableBytes ?? 0) > 0) return;
    if (this.socket.endOfStream) yield* this.proc.sleep(PACING_NS);
    else yield* this.proc.wait(this.socket.writable);
  }
}

/** A UDP stream: every datagram begins with its time in seconds and microseconds and its number. */
export class UdpDataStream extends DataStream {
  private readonly socket: UdpSocket;
  private readonly block: Uint8Array;
  private transitS = 0;
  private highest = 0;
  private done = false;

  constructor(proc: Process, id: number, sending: boolean, test: TestParameters, socket: UdpSocket) {
    super(proc, id, sending, test);
    this.socket = socket;
    this.block = new Uint8Array(Math.max(16, test.blockBytes));
  }

  get local() {
    return { address: this.socket.localAddress, port: this.socket.localPort };
  }

  get remote() {
    return { address: this.socket.remoteAddress, port: this.socket.remotePort };
  }

  *receive(): Run<void> {
    while (!this.done) {
      const length = this.socket.receiveInto(this.block);
      if (length >= 12) this.take(length);
      if (length >= 0) continue;
      this.socket.takeError();
      yield* this.proc.wait(this.socket.readable);
    }
  }

  close(): void {
    this.done = true;
    this.socket.close();
  }

  protected sendBlock(): boolean {
    const { block, proc } = this;
    put32(block, 0, Math.floor(proc.nowNs / 1e9));
    put32(block, 4, Math.floor((proc.nowNs % 1e9) / 1e3));
    put32(block, 8, ++this.packets);
    this.socket.takeError();
    this.socket.send(block);
    this.bytes += block.length;
    return true;
  }

  protected *waitWritable(): Run<void> {
    yield* this.proc.sleep(PACING_NS);
  }

  /** iperf_udp_recv: losses by gaps in the numbers, jitter as RFC 1889 section 6.3.1 has it. */
  private take(length: number): void {
    const number = get32(this.block, 8);
    this.bytes += length;
    if (number > this.highest) {
      this.lost += number - this.highest - 1;
      this.highest = number;
      this.packets = number;
    } else if (this.lost > 0) {
      this.lost--;
    }
    const sentS = get32(this.block, 0) + get32(this.block, 4) / 1e6;
    const transitS = this.proc.nowNs / 1e9 - sentS;
    if (this.transitS !== 0) this.jitterS += (Math.abs(transitS - this.transitS) - this.jitterS) / 16;
    this.transitS = transitS;
  }
}
