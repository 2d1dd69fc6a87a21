import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { UdpSocket, type Datagram } from '../../core/socket/udp-socket.ts';
import { Udp6Socket, type Datagram6 } from '../../core/socket/udp6-socket.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { Ipv6Address, isIpv6Text } from '../../protocols/ipv6-address.ts';
import type { Run } from '../line-input.ts';
import { resolveHost } from '../resolver/resolve.ts';
import { bytesRepr, osErrorText, uncaught } from './python.ts';

const PAUSE_NS = 100_000_000;
/** As much of an answer that differs is shown. */
const SHOWN_BYTES = 90;

/** `udpsend.py HOST PORT SIZE[,SIZE…] [SPORT] [TIMEOUT]`: sends payloads a to z and waits for the echo of each. */
export function* udpsend(proc: Process): ProgramRun {
  const [, host = '', port = '', sizes = '', sourcePort = '0', timeout = '1.5'] = proc.argv;
  const resolved = yield* resolveHost(proc, host, isIpv6Text(host) ? 'inet6' : 'inet');
  if (typeof resolved === 'string') return uncaught(proc, 'socket.gaierror', gaiText(resolved));
  const address = resolved.ipv4[0] ?? resolved.ipv6[0]!;
  const socket =
    typeof address === 'number' ? new UdpSocket(proc.netns, proc) : new Udp6Socket(proc.netns, proc);
  if (Number(sourcePort) !== 0) {
    socket.reuseAddress = true;
    const error =
      socket instanceof UdpSocket
        ? socket.bind(0, Number(sourcePort))
        : socket.bind(Ipv6Address.UNSPECIFIED, Number(sourcePort));
    if (error !== 0) return uncaught(proc, 'OSError', osErrorText(error));
  }
  const error =
    socket instanceof UdpSocket
      ? socket.connect(address as number, Number(port))
      : socket.connect(address as Ipv6Address, Number(port));
  if (error !== 0) return uncaught(proc, 'OSError', osErrorText(error));
  const peer = `${formatIp(address)}:${Number(port)}`;
  for (const text of sizes.split(',')) {
    const size = Number(text);
    const payload = new Uint8Array(size);
    for (let i = 0; i < size; i++) payload[i] = 0x61 + (i % 26);
    const failed = socket.send(payload);
    if (failed !== 0) {
      proc.print(`size ${size} send error ${osErrorText(failed)}\n`);
      continue;
    }
    const reply = yield* receive(proc, socket, Number(timeout) * 1e9);
    if (typeof reply === 'string') proc.print(`size ${size} -> ${peer} no reply: ${reply}\n`);
    else {
      const same = sameBytes(reply.data, payload) ? 'same' : bytesRepr(reply.data.subarray(0, SHOWN_BYTES));
      proc.print(
        `size ${size} -> ${peer} reply ${reply.data.length} bytes ${same} sport=${socket.localPort}\n`,
      );
    }
    yield* proc.sleep(PAUSE_NS);
  }
  return 0;
}

/** recv with a time-out: the datagram, or what Python says of the error. */
function* receive(
  proc: Process,
  socket: UdpSocket | Udp6Socket,
  timeoutNs: number,
): Run<Datagram | Datagram6 | string> {
  const deadlineNs = proc.nowNs + timeoutNs;
  for (;;) {
    const error = socket.takeError();
    if (error !== 0) return osErrorText(error);
    const datagram = socket.receive();
    if (datagram !== null) return datagram;
    const leftNs = deadlineNs - proc.nowNs;
    if (leftNs <= 0) return 'timed out';
    yield* proc.wait(socket.readable, leftNs);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What str() of a socket.gaierror is. */
export function gaiText(failure: string): string {
  const codes: Record<string, number> = {
    'Name or service not known': -2,
    'Temporary failure in name resolution': -3,
    'No address associated with hostname': -5,
    'Address family for hostname not supported': -9,
  };
  return `[Errno ${codes[failure] ?? -2}] ${failure}`;
}
