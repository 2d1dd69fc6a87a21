import type { Process } from '../../core/host/process.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { chooseRoute6 } from '../../core/socket/route6-for.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { formatIpv6 } from '../../protocols/ipv6-address.ts';
import type { Run } from '../line-input.ts';
import { resolveAddress } from '../resolver/resolve.ts';
import { formatScoped, parseScopedAddress, type ScopedAddress } from '../resolver/scoped-address.ts';
import { EchoSocket6 } from './echo-socket.ts';
import { PingSession } from './iputils-session.ts';
import type { PingSettings } from './iputils-settings.ts';

/** The IPv6 half of iputils' ping (ping/ping6_common.c). `hostname` is what was asked for, or its canonical name. */
export function* pingIpv6(
  proc: Process,
  settings: PingSettings,
  hostname: string,
  target: ScopedAddress,
): Run<number> {
  const fail = (message: string): number => {
    proc.printError(`${proc.argv[0]}: ${message}\n`);
    return 2;
  };
  const socket = openSocket(proc, settings);
  if (typeof socket === 'string') return fail(socket);
  const dev = target.dev ?? socket.boundDev;
  const choice = chooseRoute6(proc.netns, target.address, dev, socket.localAddress);
  if (choice.source === null) return fail(`connect: ${errnoMessage(choice.error)}`);
  const text = formatScoped(target.address, dev);
  const name = settings.numeric ? null : yield* resolveAddress(proc, target.address);
  const from =
    settings.from === null ? '' : `from ${formatIpv6(choice.source)} ${socket.boundDev?.name ?? ''}: `;
  proc.print(
    `PING ${hostname}(${name === null ? text : `${name} (${text})`}) ${from}${settings.sizeBytes} data bytes\n`,
  );
  const echo = new EchoSocket6(socket, target.address, dev);
  return yield* new PingSession(proc, echo, hostname, settings).run();
}

/** The socket as the options have it, or what is wrong with them. */
function openSocket(proc: Process, settings: PingSettings): Raw6Socket | string {
  const socket = new Raw6Socket(proc.netns, PROTO.ICMPV6, proc);
  socket.recvErr = true;
  socket.passOnly(ICMPV6_TYPE.ECHO_REPLY);
  if (settings.pmtuDiscover !== null) socket.pmtuDiscover = settings.pmtuDiscover;
  if (settings.ttl !== 0) socket.hopLimit = socket.multicastHops = settings.ttl;
  socket.trafficClass = settings.tos;
  socket.mark = settings.mark;
  if (settings.from === null) return socket;
  const device = proc.netns.device(settings.from);
  if (device !== undefined) {
    socket.boundDev = device;
    return socket;
  }
  const source = parseScopedAddress(proc.netns, settings.from);
  if (source === null) return `unknown iface: ${settings.from}`;
  const isOurs = proc.netns.ipv6?.fib.isLocal(source.address) === true;
  if (!isOurs) return 'bind icmp socket: Cannot assign requested address';
  socket.localAddress = source.address;
  return socket;
}
