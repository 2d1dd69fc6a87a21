import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Process } from '../host/process.ts';
import type { Packet } from '../packet/packet.ts';
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINPROGRESS, EINVAL, EISCONN } from './errno.ts';
import { chooseRoute6 } from './route6-for.ts';
import { StreamSocket } from './stream-socket.ts';
import { TcpFlow6 } from './tcp-flow6.ts';
import { TcpSocket } from './tcp-socket.ts';

/** The IPv4 half of a dual-stack listener: its connections wake whoever waits for the whole. */
class Ipv4Listener extends TcpSocket {
  private readonly whole: Tcp6Socket;

  constructor(whole: Tcp6Socket) {
    super(whole.netns);
    this.whole = whole;
  }

  override onAcceptable(): void {
    this.whole.readable.wake();
  }
}

/**
 * An IPv6 TCP socket: connected, listening or neither. Listening on :: without `v6Only` it takes IPv4 connections
 * too, which `accept` hands out as the IPv4 sockets they are. Not modelled: connecting to IPv4-mapped addresses.
 */
export class Tcp6Socket extends StreamSocket<TcpFlow6> {
  localAddress = Ipv6Address.UNSPECIFIED;
  remoteAddress = Ipv6Address.UNSPECIFIED;
  /** IPV6_V6ONLY (net.ipv6.bindv6only is 0). */
  v6Only = false;
  /** The zone of a link-local peer, or null. */
  boundDev: NetDevice | null = null;
  private half: Ipv4Listener | null = null;

  /** bind(2). Port 0 takes one that is free in both families where the socket uses both. */
  bind(address: Ipv6Address, port: number): number {
    const stack = this.netns.ipv6;
    if (stack === null) return EAFNOSUPPORT;
    if (this.localPort !== 0) return EINVAL;
    const isOurs = address.isUnspecified() || stack.fib.isLocal(address);
    if (!isOurs && this.netns.sysctl.ipNonlocalBind === 0) return EADDRNOTAVAIL;
    this.localAddress = address;
    if (!stack.sockets.tcp.bind(this, port)) {
      this.localAddress = Ipv6Address.UNSPECIFIED;
      return EADDRINUSE;
    }
    if (this.v6Only || !address.isUnspecified()) return 0;
    this.half = new Ipv4Listener(this);
    this.half.reuseAddress = this.reuseAddress;
    const error = this.half.bind(0, this.localPort);
    if (error === 0) return 0;
    this.half = null;
    this.unbind();
    this.localPort = 0;
    return error;
  }

  /** listen(2). */
  listen(backlog: number): number {
    if (this.connection !== null) return EINVAL;
    if (this.localPort === 0) {
      const error = this.bind(Ipv6Address.UNSPECIFIED, 0);
      if (error !== 0) return error;
    }
    const table = this.netns.ipv6!.sockets.tcp;
    if (table.hasListener(this)) return EADDRINUSE;
    const limit = Math.min(backlog, this.netns.sysctl.somaxconn);
    if (this.half !== null) {
      const error = this.half.listen(backlog);
      if (error !== 0) return error;
    }
    this.listener = new TcpListener(table.settings, limit, this);
    table.addListener(this);
    return 0;
  }

  /** accept(2): the oldest connection of either family, or null. */
  accept(owner: Process | null = null): Tcp6Socket | TcpSocket | null {
    return (this.acceptOldest(owner) as Tcp6Socket | null) ?? this.half?.accept(owner) ?? null;
  }

  /** connect(2), not blocking: EINPROGRESS when the SYN is on its way. `dev` is the zone of a link-local peer. */
  connect(address: Ipv6Address, port: number, dev: NetDevice | null = this.boundDev): number {
    if (this.connection !== null) return EISCONN;
    const choice = chooseRoute6(this.netns, address, dev, this.localAddress);
    if (choice.error !== 0) return choice.error;
    this.localAddress = choice.source!;
    this.remoteAddress = address;
    this.remotePort = port;
    if (address.isLinkLocal()) this.boundDev = dev;
    const table = this.netns.ipv6!.sockets.tcp;
    if (this.localPort === 0 && !table.bindEphemeral(this)) return EADDRNOTAVAIL;
    if (table.hasFlow(this.localAddress, this.localPort, address, port)) return EADDRNOTAVAIL;
    const { netns, localAddress, localPort, boundDev, options } = this;
    this.start(new TcpFlow6(netns, localAddress, localPort, address, port, boundDev, options));
    return EINPROGRESS;
  }

  override close(): void {
    this.half?.close();
    super.close();
  }

  protected child(flow: TcpFlow6): Tcp6Socket {
    const child = new Tcp6Socket(this.netns);
    child.localAddress = flow.localAddress;
    child.localPort = flow.localPort;
    child.remoteAddress = flow.remoteAddress;
    child.remotePort = flow.remotePort;
    child.boundDev = flow.zone;
    return child;
  }

  protected addFlow(flow: TcpFlow6): void {
    this.netns.ipv6?.sockets.tcp.addFlow(flow);
  }

  protected removeFlow(flow: TcpFlow6): void {
    this.netns.ipv6?.sockets.tcp.removeFlow(flow);
  }

  protected removeListener(): void {
    this.netns.ipv6?.sockets.tcp.removeListener(this);
  }

  protected unbind(): void {
    this.netns.ipv6?.sockets.tcp.unbind(this);
  }

  protected receiveHeld(flow: TcpFlow6, packet: Packet): void {
    this.netns.ipv6?.sockets.tcp.receiveHeld(flow, packet);
  }
}
