import type { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { TcpConnection as Connection } from '../../protocols/tcp/tcp-connection.ts';
import type { TcpConnectionEvents, TcpListenerEvents } from '../../protocols/tcp/tcp-environment.ts';
import type { TcpError } from '../../protocols/tcp/tcp-error.ts';
import { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { TcpRequest } from '../../protocols/tcp/tcp-request.ts';
import { TcpState } from '../../protocols/tcp/tcp-state.ts';
import type { Process, ProcessResource } from '../host/process.ts';
import { WaitQueue } from '../host/wait-queue.ts';
import { selectSourceAddress } from '../namespace/ipv4-fib.ts';
import { routeError } from '../namespace/ipv4-output.ts';
import { RTN_LOCAL } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  ECONNREFUSED,
  ECONNRESET,
  EHOSTUNREACH,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  EPIPE,
  ETIMEDOUT,
} from './errno.ts';
import { DEFAULT_FLOW_OPTIONS, TcpFlow, type TcpFlowOptions } from './tcp-flow.ts';

const ERRNO: Readonly<Record<string, number>> = {
  ECONNREFUSED,
  ECONNRESET,
  ETIMEDOUT,
  EHOSTUNREACH,
  ENETUNREACH,
  EPIPE,
};

/**
 * An IPv4 TCP socket: connected, listening or neither. Nothing blocks; programs wait on `readable` and
 * `writable`. Calls return 0 or a positive error number unless they say otherwise.
 */
export class TcpSocket implements TcpConnectionEvents, TcpListenerEvents, ProcessResource {
  readonly netns: NetNamespace;
  localAddress = 0;
  localPort = 0;
  remoteAddress = 0;
  remotePort = 0;
  reuseAddress = false;
  noDelay = false;
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
  private flow: TcpFlow | null = null;
  private readonly accepted: TcpSocket[] = [];
  private closed = false;

  constructor(netns: NetNamespace, owner: Process | null = null) {
    this.netns = netns;
    this.owner = owner;
    owner?.own(this);
  }

  /** bind(2). Port 0 takes a free one. */
  bind(address: number, port: number): number {
    if (this.localPort !== 0) return EINVAL;
    const isOurs = address === 0 || this.netns.ipv4.fib.addressType(address) === RTN_LOCAL;
    if (!isOurs && this.netns.sysctl.ipNonlocalBind === 0) return EADDRNOTAVAIL;
    this.localAddress = address;
    if (this.netns.sockets.tcp.bind(this, port)) return 0;
    this.localAddress = 0;
    return EADDRINUSE;
  }

  /** listen(2). */
  listen(backlog: number): number {
    if (this.connection !== null) return EINVAL;
    if (this.localPort === 0 && !this.netns.sockets.tcp.bind(this, 0)) return EADDRINUSE;
    const table = this.netns.sockets.tcp;
    if (table.hasListener(this)) return EADDRINUSE;
    const limit = Math.min(backlog, this.netns.sysctl.somaxconn);
    this.listener = new TcpListener(table.settings, limit, this);
    table.addListener(this);
    return 0;
  }

  /** accept(2): the oldest connection as a socket of its own, or null. */
  accept(owner: Process | null = null): TcpSocket | null {
    const connection = this.listener?.accept() ?? null;
    if (connection === null) return null;
    const index = this.accepted.findIndex((socket) => socket.connection === connection);
    const [socket] = this.accepted.splice(index, 1);
    socket!.owner = owner;
    owner?.own(socket!);
    return socket!;
  }

  /** connect(2), not blocking: EINPROGRESS when the SYN is on its way; `writable` is woken when it is decided. */
  connect(address: number, port: number): number {
    if (this.connection !== null) return EISCONN;
    const route = this.netns.ipv4.fib.lookup(address, null, this.localAddress, null, this.options.mark);
    if (route === null) return ENETUNREACH;
    const unusable = routeError(route);
    if (unusable !== 0) return unusable;
    if (this.localAddress === 0) {
      const hop = route.gateway !== 0 ? route.gateway : address;
      this.localAddress =
        route.prefSrc !== 0 ? route.prefSrc : selectSourceAddress(this.netns, route.dev!, hop);
    }
    this.remoteAddress = address;
    this.remotePort = port;
    const table = this.netns.sockets.tcp;
    if (this.localPort === 0 && !table.bindEphemeral(this)) return EADDRNOTAVAIL;
    if (table.hasFlow(this.localAddress, this.localPort, address, port)) return EADDRNOTAVAIL;
    this.flow = new TcpFlow(this.netns, this.localAddress, this.localPort, address, port, this.options);
    this.connection = new Connection(this.flow, this);
    this.connection.noDelay = this.noDelay;
    this.flow.endpoint = this.connection;
    table.addFlow(this.flow);
    this.connection.connect();
    return EINPROGRESS;
  }

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
    return connection.write(data, offset, length);
  }

  /** recv(2): up to `limit` bytes; empty when there are none now, or at the end (`endOfStream`). */
  receive(limit = 65536): Uint8Array {
    const connection = this.connection;
    if (connection === null) return new Uint8Array(0);
    const data = new Uint8Array(Math.min(limit, connection.readableBytes));
    connection.read(data, 0, data.length);
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
    this.connection?.shutdown();
  }

  /** close(2). What was written is still sent, and the flow lives on until TCP is done with it. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.owner?.disown(this);
    const table = this.netns.sockets.tcp;
    if (this.listener !== null) {
      table.removeListener(this);
      this.listener.close();
    }
    if (this.connection !== null) this.connection.close();
    else table.unbind(this);
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
    if (this.flow !== null) this.netns.sockets.tcp.removeFlow(this.flow);
    this.netns.sockets.tcp.unbind(this);
    this.readable.wake();
    this.writable.wake();
  }

  // ---- from the listener ----

  onRequest(_listener: TcpListener, request: TcpRequest): void {
    const flow = request.environment as TcpFlow;
    flow.endpoint = request;
    this.netns.sockets.tcp.addFlow(flow);
  }

  onRequestClosed(_listener: TcpListener, request: TcpRequest): void {
    this.netns.sockets.tcp.removeFlow(request.environment as TcpFlow);
  }

  onConnection(_listener: TcpListener, request: TcpRequest, connection: TcpConnection): TcpConnectionEvents {
    const flow = request.environment as TcpFlow;
    flow.endpoint = connection;
    const child = this.makeChild();
    child.flow = flow;
    child.connection = connection;
    child.localAddress = flow.localAddress;
    child.localPort = flow.localPort;
    child.remoteAddress = flow.remoteAddress;
    child.remotePort = flow.remotePort;
    connection.noDelay = this.noDelay;
    this.accepted.push(child);
    return child;
  }

  onAcceptable(_listener: TcpListener): void {
    this.readable.wake();
  }

  /** The socket that accept() will hand out. */
  protected makeChild(): TcpSocket {
    return new TcpSocket(this.netns);
  }

  private get isConnecting(): boolean {
    const state = this.connection?.state;
    return state === TcpState.SYN_SENT || state === TcpState.SYN_RECEIVED;
  }
}
