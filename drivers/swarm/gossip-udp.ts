/** The UDP socket that gossip goes over, between IPv4 addresses. */
import type { Process } from '../../core/host/process.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { ipv4Mapped, mappedIpv4 } from '../../core/socket/ipv4-mapped.ts';
import type { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { bindToPort } from './wildcard-sockets.ts';

export class GossipUdp {
  /** Null when something else has the port: then nothing is heard and nothing said. */
  private readonly socket: UdpSocket | Udp6Socket | null;
  private readonly port: number;

  constructor(netns: NetNamespace, daemon: Process, port: number) {
    this.socket = bindToPort(netns, daemon, port);
    this.port = port;
  }

  /** Woken when there is something to receive; null when there never is. */
  get readable(): WaitQueue | null {
    return this.socket?.readable ?? null;
  }

  send(bytes: Uint8Array, address: number): void {
    const { socket, port } = this;
    if (socket === null) return;
    socket.takeError();
    if (socket instanceof UdpSocket) socket.sendTo(bytes, address, port);
    else socket.sendTo(bytes, ipv4Mapped(address), port);
  }

  /** The oldest datagram of an IPv4 sender, or null. */
  receive(): { data: Uint8Array; source: number } | null {
    const { socket } = this;
    if (socket === null) return null;
    for (;;) {
      const datagram = socket.receive();
      if (datagram === null) {
        socket.takeError();
        return null;
      }
      const { data, source } = datagram;
      const address = typeof source === 'number' ? source : mappedIpv4(source);
      if (address !== null) return { data, source: address };
    }
  }

  close(): void {
    this.socket?.close();
  }
}
