import type { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import type { TcpSocket } from '../../core/socket/tcp-socket.ts';

/** A TCP socket of either family. */
export type AnyTcpSocket = TcpSocket | Tcp6Socket;
