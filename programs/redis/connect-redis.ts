import type { Process } from '../../core/host/process.ts';
import type { Run } from '../line-input.ts';
import { resolveIpv4 } from '../resolver/resolve.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';

/** A connection to a server, by name or address; why there is none, in the resolver's or the kernel's words. */
export function* connectRedis(proc: Process, host: string, port: number): Run<TcpStream | string> {
  const address = yield* resolveIpv4(proc, host);
  if (address === null) return 'Name or service not known';
  try {
    return new TcpStream(proc, yield* connectTcp(proc, address, port));
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return error.message;
  }
}
