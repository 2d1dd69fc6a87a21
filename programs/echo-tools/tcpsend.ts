import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { isIpv6Text } from '../../protocols/ipv6-address.ts';
import { resolveHost } from '../resolver/resolve.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { SocketError, SocketTimeout } from '../sockets-io/socket-error.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';
import { bytesRepr, osErrorText } from './python.ts';
import { gaiText } from './udpsend.ts';

/** `tcpsend.py HOST PORT [TEXT] [SPORT] [TIMEOUT]`: connects, sends the text, prints the first answer and closes. */
export function* tcpsend(proc: Process): ProgramRun {
  const [, host = '', port = '', text = 'hello', sourcePort = '0', timeout = '4'] = proc.argv;
  const resolved = yield* resolveHost(proc, host, isIpv6Text(host) ? 'inet6' : 'inet');
  if (typeof resolved === 'string') {
    proc.print(`error ${gaiText(resolved)}\n`);
    return 0;
  }
  const timeoutNs = Number(timeout) * 1e9;
  try {
    const socket = yield* connectTcp(proc, resolved.ipv4[0] ?? resolved.ipv6[0]!, Number(port), {
      deadlineNs: proc.nowNs + timeoutNs,
      localPort: Number(sourcePort),
      reuseAddress: Number(sourcePort) !== 0,
    });
    const stream = new TcpStream(proc, socket);
    stream.deadlineNs = proc.nowNs + timeoutNs;
    yield* stream.write(text);
    stream.deadlineNs = proc.nowNs + timeoutNs;
    const reply = yield* stream.read(65535);
    const local = `${formatIp(socket.localAddress)}:${socket.localPort}`;
    const peer = `${formatIp(socket.remoteAddress)}:${socket.remotePort}`;
    proc.print(`local ${local} peer ${peer} reply ${bytesRepr(reply)}\n`);
    socket.close();
  } catch (error) {
    if (error instanceof SocketTimeout) proc.print('error timed out\n');
    else if (error instanceof SocketError) proc.print(`error ${osErrorText(error.errno)}\n`);
    else throw error;
  }
  return 0;
}
