import type { UdpSocket } from '../../core/socket/udp-socket.ts';
import type { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';

/** The network's end of an nc: a connected socket of either kind. */
export interface Peer {
  /** Bytes taken (all of a datagram), 0 when there is no room now, or a negative error number. */
  send(data: Uint8Array): number;
  /** What has come, null for nothing now. */
  receive(): Uint8Array | null;
  /** Nothing more will come. */
  readonly ended: boolean;
  takeError(): number;
  shutdown(): void;
  readonly readable: WaitQueue;
  readonly writable: WaitQueue;
}

export class TcpPeer implements Peer {
  private readonly socket: AnyTcpSocket;

  constructor(socket: AnyTcpSocket) {
    this.socket = socket;
  }

  send(data: Uint8Array): number {
    return this.socket.send(data);
  }

  receive(): Uint8Array | null {
    const data = this.socket.receive();
    return data.length === 0 ? null : data;
  }

  get ended(): boolean {
    return this.socket.endOfStream;
  }

  takeError(): number {
    return this.socket.takeError();
  }

  shutdown(): void {
    this.socket.shutdown();
  }

  get readable(): WaitQueue {
    return this.socket.readable;
  }

  get writable(): WaitQueue {
    return this.socket.writable;
  }
}

export class UdpPeer implements Peer {
  readonly ended = false;
  private readonly socket: UdpSocket | Udp6Socket;

  constructor(socket: UdpSocket | Udp6Socket) {
    this.socket = socket;
  }

  send(data: Uint8Array): number {
    const error = this.socket.send(data);
    return error === 0 ? data.length : -error;
  }

  receive(): Uint8Array | null {
    return this.socket.receive()?.data ?? null;
  }

  takeError(): number {
    return this.socket.takeError();
  }

  shutdown(): void {}

  get readable(): WaitQueue {
    return this.socket.readable;
  }

  get writable(): WaitQueue {
    return this.socket.readable;
  }
}
