import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { formatIp, parseIp } from '../../protocols/ip-address.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { encode, osErrorText, uncaught } from './python.ts';

/**
 * `udpecho.py PORT [TAG] [BIND]`: sends every datagram back, or, with a tag, says who sent it:
 * `TAG hostname saw ADDRESS:PORT len=N`.
 */
export function* udpecho(proc: Process): ProgramRun {
  const [, port = '', tag = '', bind = '0.0.0.0'] = proc.argv;
  const local = parseIp(bind);
  const socket =
    typeof local === 'number' ? new UdpSocket(proc.netns, proc) : new Udp6Socket(proc.netns, proc);
  socket.reuseAddress = true;
  const error =
    socket instanceof UdpSocket
      ? socket.bind(local as number, Number(port))
      : socket.bind(local as Ipv6Address, Number(port));
  if (error !== 0) return uncaught(proc, 'OSError', osErrorText(error));
  for (;;) {
    const datagram = socket.receive();
    if (datagram === null) {
      const received = socket.takeError();
      if (received !== 0) return uncaught(proc, 'OSError', osErrorText(received));
      yield* proc.wait(socket.readable);
      continue;
    }
    const { data, source, sourcePort } = datagram;
    const from = `${formatIp(source)}:${sourcePort}`;
    proc.print(`got ${data.length} bytes from ${from}\n`);
    const hostname = proc.context.uts.hostname;
    const answer = tag === '' ? data : encode(`${tag} ${hostname} saw ${from} len=${data.length}`);
    const failed =
      socket instanceof UdpSocket
        ? socket.sendTo(answer, source as number, sourcePort)
        : socket.sendTo(answer, source as Ipv6Address, sourcePort);
    if (failed !== 0) return uncaught(proc, 'OSError', osErrorText(failed));
  }
}
