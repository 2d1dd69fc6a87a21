import { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { Process } from '../host/process.ts';
import { selectSourceAddress } from '../namespace/ipv4-fib.ts';
import { routeError } from '../namespace/ipv4-output.ts';
import { RTN_LOCAL } from '../namespace/ipv4-route.ts';
import type { Packet } from '../packet/packet.ts';
import { EADDRINUSE, EADDRNOTAVAIL, EINPROGRESS, EINVAL, EISCONN, ENETUNREACH } from './errno.ts';
import { StreamSocket } from './stream-socket.ts';
import { TcpFlow } from './tcp-flow.ts';

/** An IPv4 TCP socket: connected, listening or neither. */
export class TcpSocket extends StreamSocket<TcpFlow> {
  localAddress = 0;
  remoteAddress = 0;

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
    return this.acceptOldest(owner) as TcpSocket | null;
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
    this.start(new TcpFlow(this.netns, this.localAddress, this.localPort, address, port, this.options));
    return EINPROGRESS;
  }

  /** The socket of a new connection; a server in the kernel's place makes one of its own kind. */
  protected makeChild(): TcpSocket {
    return new TcpSocket(this.netns);
  }

  protected child(flow: TcpFlow): TcpSocket {
    const child = this.makeChild();
    child.localAddress = flow.localAddress;
    child.localPort = flow.localPort;
    child.remoteAddress = flow.remoteAddress;
    child.remotePort = flow.remotePort;
    return child;
  }

  protected addFlow(flow: TcpFlow): void {
    this.netns.sockets.tcp.addFlow(flow);
  }

  protected removeFlow(flow: TcpFlow): void {
    this.netns.sockets.tcp.removeFlow(flow);
  }

  protected removeListener(): void {
    this.netns.sockets.tcp.removeListener(this);
  }

  protected unbind(): void {
    this.netns.sockets.tcp.unbind(this);
  }

  protected receiveHeld(flow: TcpFlow, packet: Packet): void {
    this.netns.sockets.tcp.receiveHeld(flow, packet);
  }
}
