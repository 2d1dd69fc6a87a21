import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import type { TcpConnectionEvents, TcpListenerEvents } from '../../protocols/tcp/tcp-environment.ts';
import type { TcpError } from '../../protocols/tcp/tcp-error.ts';
import type { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { TcpRequest } from '../../protocols/tcp/tcp-request.ts';
import { TcpState } from '../../protocols/tcp/tcp-state.ts';
import type { Process, ProcessResource } from '../host/process.ts';
import { WaitQueue } from '../host/wait-queue.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Packet } from '../packet/packet.ts';
import { ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ENOTCONN, EPIPE, ETIMEDOUT } from './errno.ts';
import { DEFAULT_FLOW_OPTIONS, type StreamFlow, type TcpFlowOptions } from './stream-flow.ts';

const ERRNO: Readonly<Record<string, number>> = {
  ECONNREFUSED,
  ECONNRESET,
  ETIMEDOUT,
  EHOSTUNREACH,
  ENETUNREACH,
  EPIPE,
};

/**
 * What IPv4 and IPv6 TCP sockets share: everything once addresses do not matter any more. Nothing blocks; programs
 * wait on `readable` and `writable`. Calls return 0 or a positive error number unless they say otherwise.
 */
export abstract class StreamSocket<Flow extends StreamFlow<unknown>>
  implements TcpConnectionEvents, TcpListenerEvents, ProcessResource
{
  readonly netns: NetNamespace;
  localPort = 0;
  remotePort = 0;
  reuseAddress = false;
  noDelay = false;
  /** TCP_MAXSEG: bytes; 0 leaves it to the route. Read by connect(), not by listeners. */
  maxSegmentBytes = 0;
  options: TcpFlowOptions = { ...DEFAULT_FLOW_OPTIONS };
  connection: TcpConnection | null = null;
  listener: TcpListener | null = null;
  /** SO_ERROR: the error that ended the connection, until taken. */
  softError = 0;
  /** Woken when there is something to read, to accept, an end or an error. */
  readonly readable = new WaitQueue();
  /** Woken when connect() is decided, when there is room to write, or on an error. */
  readonly writable = new WaitQueue();
  owner: Process | null;
  protected flow: Flow | null = null;
  protected readonly accepted: StreamSocket<Flow>[] = [];
  private closed = false;
  /** Calls that own the socket now, and the segments that wait for their end (sk_lock, sk_backlog). */
  private ownedBy = 0;
  private readonly heldSegments: Packet[] = [];

  constructor(netns: NetNamespace, owner: Process | null = null) {
    this.netns = netns;
    this.owner = owner;
    owner?.own(this);
  }

  /** A socket for a connection that the listener got. */
  protected abstract child(flow: Flow): StreamSocket<Flow>;
  protected abstract addFlow(flow: Flow): void;
  protected abstract removeFlow(flow: Flow): void;
  protected abstract removeListener(): void;
  protected abstract unbind(): void;
  /** A segment that waited for a call's end, to the machine of the flow. */
  protected abstract receiveHeld(flow: Flow, packet: Packet): void;

  get isConnected(): boolean {
    const state = this.connection?.state ?? TcpState.CLOSED;
    return state !== TcpState.CLOSED && state !== TcpState.SYN_SENT && state !== TcpState.SYN_RECEIVED;
  }

  /** send(2): how many bytes were taken (0: the buffer is full), or a negative error number. */
  send(data: Uint8Array, offset = 0, length = data.length - offset): number {
    if (this.softError !== 0) return -this.takeError();
    const connection = this.connection;
    if (connection === null) return -ENOTCONN;
    if (!connection.canSend) return this.isConnecting ? 0 : -EPIPE;
    this.lock();
    const taken = connection.write(data, offset, length);
    if (taken > 0) this.chargeSystemCall(taken);
    this.unlock();
    return taken;
  }

  /** recv(2): up to `limit` bytes; empty when there are none now, or at the end (`endOfStream`). */
  receive(limit = 65536): Uint8Array {
    const connection = this.connection;
    if (connection === null) return new Uint8Array(0);
    const data = new Uint8Array(Math.min(limit, connection.readableBytes));
    this.lock();
    connection.read(data, 0, data.length);
    if (data.length > 0) this.chargeSystemCall(data.length);
    this.unlock();
    return data;
  }

  get hasData(): boolean {
    return (this.connection?.readableBytes ?? 0) > 0;
  }

  /** Nothing more will come: the peer closed, or the connection failed. */
  get endOfStream(): boolean {
    return this.connection === null ? this.closed : this.connection.endOfStream;
  }

  takeError(): number {
    const error = this.softError;
    this.softError = 0;
    return error;
  }

  /** shutdown(SHUT_WR). */
  shutdown(): void {
    this.lock();
    this.connection?.shutdown();
    this.unlock();
  }

  /** close(2). What was written is still sent, and the flow lives on until TCP is done with it. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.owner?.disown(this);
    if (this.listener !== null) {
      this.removeListener();
      this.lock();
      this.listener.close();
      this.unlock();
    }
    if (this.connection !== null) {
      this.lock();
      this.connection.close();
      this.unlock();
    } else this.unbind();
    this.readable.wake();
    this.writable.wake();
  }

  releasedBy(_process: Process): void {
    this.close();
  }

  // ---- from the connection ----

  onEstablished(_connection: TcpConnection): void {
    this.writable.wake();
  }

  onReadable(_connection: TcpConnection): void {
    this.readable.wake();
  }

  onWritable(_connection: TcpConnection): void {
    this.writable.wake();
  }

  onError(_connection: TcpConnection, error: TcpError): void {
    this.softError = ERRNO[error] ?? ECONNRESET;
    this.readable.wake();
    this.writable.wake();
  }

  onClosed(_connection: TcpConnection): void {
    if (this.flow !== null) this.removeFlow(this.flow);
    this.unbind();
    this.readable.wake();
    this.writable.wake();
  }

  // ---- from the listener ----

  onRequest(_listener: TcpListener, request: TcpRequest): void {
    const flow = request.environment as Flow;
    flow.endpoint = request;
    this.addFlow(flow);
  }

  onRequestClosed(_listener: TcpListener, request: TcpRequest): void {
    this.removeFlow(request.environment as Flow);
  }

  onConnection(_listener: TcpListener, request: TcpRequest, connection: TcpConnection): TcpConnectionEvents {
    const flow = request.environment as Flow;
    flow.endpoint = connection;
    const child = this.child(flow);
    child.flow = flow;
    flow.socket = child;
    child.connection = connection;
    connection.noDelay = this.noDelay;
    this.accepted.push(child);
    return child;
  }

  onAcceptable(_listener: TcpListener): void {
    this.readable.wake();
  }

  /** The oldest connection as a socket of its own, owned by a process, or null. */
  protected acceptOldest(owner: Process | null): StreamSocket<Flow> | null {
    const connection = this.listener?.accept() ?? null;
    if (connection === null) return null;
    const index = this.accepted.findIndex((socket) => socket.connection === connection);
    const [socket] = this.accepted.splice(index, 1);
    socket!.owner = owner;
    owner?.own(socket!);
    return socket!;
  }

  /** Sends the SYN of a new flow of this socket's. */
  protected start(flow: Flow): void {
    const connection = new TcpConnection(flow, this);
    connection.noDelay = this.noDelay;
    connection.userMss = this.maxSegmentBytes;
    this.flow = flow;
    this.connection = connection;
    flow.endpoint = connection;
    flow.socket = this;
    this.addFlow(flow);
    this.lock();
    connection.connect();
    this.unlock();
  }

  holdSegment(packet: Packet): boolean {
    if (this.ownedBy === 0) return false;
    this.heldSegments.push(packet);
    return true;
  }

  /** lock_sock: until unlock() the call owns the socket. What it sends moves on when it has done its work. */
  protected lock(): void {
    this.ownedBy++;
    this.netns.host.backlog.hold();
  }

  /**
   * release_sock: what was sent is carried through this machine, as a softirq does before the call returns; what
   * comes back in the course of it is taken up last, in order, by a connection that may be closed by then.
   */
  protected unlock(): void {
    const { backlog } = this.netns.host;
    backlog.release();
    for (let packet = this.heldSegments.shift(); packet !== undefined; packet = this.heldSegments.shift()) {
      backlog.hold();
      this.receiveHeld(this.flow!, packet);
      backlog.release();
    }
    this.ownedBy--;
  }

  private chargeSystemCall(bytes: number): void {
    const { cost } = this.netns.host;
    if (cost !== null) cost.chargeSystemCall(bytes);
  }

  private get isConnecting(): boolean {
    const state = this.connection?.state;
    return state === TcpState.SYN_SENT || state === TcpState.SYN_RECEIVED;
  }
}
