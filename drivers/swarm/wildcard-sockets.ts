/**
 * Sockets of the daemon on a port of every address of the host, as Go opens them (net/ipsock_posix.go
 * favoriteAddrFamily): one IPv6 socket that takes IPv4 as well, where the host has IPv6.
 */
import type { Process } from '../../core/host/process.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** net.core.somaxconn, which Go's listeners take. */
const BACKLOG = 4096;

/** A TCP listener; null when something else has the port. */
export function listenOnPort(
  netns: NetNamespace,
  daemon: Process,
  port: number,
): TcpSocket | Tcp6Socket | null {
  if (netns.ipv6 === null) {
    return opened(new TcpSocket(netns, daemon), (socket) => {
      socket.reuseAddress = true;
      return socket.bind(0, port) || socket.listen(BACKLOG);
    });
  }
  return opened(new Tcp6Socket(netns, daemon), (socket) => {
    socket.reuseAddress = true;
    return socket.bind(Ipv6Address.UNSPECIFIED, port) || socket.listen(BACKLOG);
  });
}

/** A UDP socket; null when something else has the port. */
export function bindToPort(
  netns: NetNamespace,
  daemon: Process,
  port: number,
): UdpSocket | Udp6Socket | null {
  if (netns.ipv6 === null) {
    return opened(new UdpSocket(netns, daemon), (socket) => socket.bind(0, port));
  }
  return opened(new Udp6Socket(netns, daemon), (socket) => socket.bind(Ipv6Address.UNSPECIFIED, port));
}

function opened<T extends { close(): void }>(socket: T, open: (socket: T) => number): T | null {
  if (open(socket) === 0) return socket;
  socket.close();
  return null;
}
