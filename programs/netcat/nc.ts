import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { formatIpv4, isIpv4Text } from '../../protocols/ipv4-address.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { resolveIpv4 } from '../resolver/resolve.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { acceptTcp, listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError, SocketTimeout } from '../sockets-io/socket-error.ts';
import { copyBothWays, type CopyOptions } from './copy-loop.ts';
import { TcpPeer, UdpPeer } from './peer.ts';

/** Names of ports as /etc/services has them, for -v. */
const SERVICES: ReadonlyMap<number, string> = new Map([
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [53, 'domain'],
  [80, 'http'],
  [110, 'pop3'],
  [123, 'ntp'],
  [143, 'imap2'],
  [443, 'https'],
  [3306, 'mysql'],
  [5432, 'postgresql'],
  [6379, 'redis'],
  [8080, 'http-alt'],
]);
/** Datagrams a UDP scan sends. */
const UDP_PROBES = 4;

interface Settings {
  busybox: boolean;
  udp: boolean;
  listen: boolean;
  keepListening: boolean;
  scan: boolean;
  verbose: boolean;
  numeric: boolean;
  localAddress: number;
  localPort: number;
  /** Infinity for none. */
  timeoutNs: number;
  host: string | null;
  ports: number[];
  copy: CopyOptions;
}

/**
 * nc: busybox's where the image has busybox, else OpenBSD's (Debian's netcat-openbsd). Not modelled: proxies, Unix
 * sockets, IPv6, -e and -c (running a program).
 */
export function* nc(proc: Process): ProgramRun {
  const busybox = proc.context.userland === 'busybox';
  const short = busybox ? 'lp:uw:vnzs:i:o:' : '46dDhklnrtuvzNp:q:s:w:i:W:I:O:';
  const args = parseArguments(proc, {
    short,
    usage: 'usage: nc [-lnuvz] [-p port] [-w timeout] [destination] [port]\n',
  });
  if (args === null) return 1;
  const settings = yield* readSettings(proc, args, busybox);
  if (typeof settings === 'string') {
    proc.printError(`${toolName(proc)}: ${settings}\n`);
    return 1;
  }
  return settings.listen ? yield* listen(proc, settings) : yield* connect(proc, settings);
}

function* readSettings(proc: Process, args: ParsedArguments, busybox: boolean): Run<Settings | string> {
  if (args.has('6')) return 'not modelled: IPv6';
  const operands = [...args.operands];
  const listening = args.has('l');
  const portText =
    operands.length > 0 && (!listening || operands.length > 1 || !args.has('p')) ? operands.pop() : undefined;
  const host = operands.shift() ?? null;
  const ports = portText === undefined ? [] : readPorts(portText);
  if (ports === null) return `port number invalid: ${portText}`;
  const source = args.value('s');
  const localAddress = source === undefined ? 0 : yield* resolveIpv4(proc, source);
  if (localAddress === null) return `bad address '${source}'`;
  const quit = args.value('q');
  const atInputEnd =
    busybox || args.has('N')
      ? 'shutdown'
      : quit !== undefined && Number(quit) >= 0
        ? { quitAfterNs: Number(quit) * 1e9 }
        : 'nothing';
  const timeoutNs = args.has('w') ? Number(args.value('w')) * 1e9 : Infinity;
  return {
    busybox,
    udp: args.has('u'),
    listen: listening,
    keepListening: args.has('k'),
    scan: args.has('z'),
    verbose: args.has('v'),
    numeric: args.has('n'),
    localAddress,
    localPort: Number(args.value('p') ?? 0),
    timeoutNs,
    host,
    ports,
    copy: {
      idleNs: timeoutNs,
      atInputEnd,
      chunkBytes: busybox ? 8192 : 16384,
      ignoreInput: args.has('d'),
    },
  };
}

/** `80`, `80-90`; null for what is neither. */
function readPorts(text: string): number[] | null {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) return null;
  const low = Number(match[1]);
  const high = Number(match[2] ?? low);
  if (low > 65535 || high > 65535) return null;
  return Array.from({ length: Math.abs(high - low) + 1 }, (_, i) => Math.min(low, high) + i);
}

function* listen(proc: Process, settings: Settings): Run<number> {
  const port = settings.localPort !== 0 ? settings.localPort : (settings.ports[0] ?? 0);
  const named = settings.host === null ? settings.localAddress : yield* resolveIpv4(proc, settings.host);
  if (named === null) return complain(proc, `bad address '${settings.host}'`);
  try {
    return yield* settings.udp
      ? listenUdp(proc, settings, named, port)
      : listenOnTcp(proc, settings, named, port);
  } catch (error) {
    if (error instanceof SocketError) return complain(proc, error.message);
    throw error;
  }
}

function* listenOnTcp(proc: Process, settings: Settings, address: number, port: number): Run<number> {
  const listener = listenTcp(proc, address, port, 1);
  if (settings.verbose) proc.printError(`Listening on ${formatIpv4(address)} ${listener.localPort}\n`);
  for (;;) {
    const socket = yield* acceptTcp(proc, listener);
    if (!settings.keepListening) listener.close();
    announcePeer(proc, settings, socket.remoteAddress, socket.remotePort);
    const error = yield* copyBothWays(proc, new TcpPeer(socket), settings.copy);
    socket.close();
    if (!settings.keepListening) return error === 0 ? 0 : 1;
  }
}

/** The first datagram fixes the peer. */
function* listenUdp(proc: Process, settings: Settings, address: number, port: number): Run<number> {
  const socket = new UdpSocket(proc.netns, proc);
  socket.reuseAddress = true;
  const error = socket.bind(address, port);
  if (error !== 0) throw new SocketError(error);
  if (settings.verbose) proc.printError(`Bound on ${formatIpv4(address)} ${socket.localPort}\n`);
  let first = socket.receive();
  while (first === null) {
    yield* proc.wait(socket.readable);
    first = socket.receive();
  }
  announcePeer(proc, settings, first.source, first.sourcePort);
  socket.connect(first.source, first.sourcePort);
  proc.print(new TextDecoder().decode(first.data));
  return (yield* copyBothWays(proc, new UdpPeer(socket), settings.copy)) === 0 ? 0 : 1;
}

function announcePeer(proc: Process, settings: Settings, address: IpAddress, port: number): void {
  if (!settings.verbose) return;
  const peer = formatIp(address);
  proc.printError(
    settings.busybox ? `connect from ${peer}:${port}\n` : `Connection received on ${peer} ${port}\n`,
  );
}

function* connect(proc: Process, settings: Settings): Run<number> {
  const { host, ports } = settings;
  if (host === null || ports.length === 0) return complain(proc, 'missing port number');
  if (settings.numeric && !isIpv4Text(host)) return complain(proc, `bad address '${host}'`);
  const address = yield* resolveIpv4(proc, host);
  if (address === null) {
    if (settings.busybox) return complain(proc, `bad address '${host}'`);
    return complain(proc, `getaddrinfo for host "${host}" port ${ports[0]}: Name or service not known`);
  }
  let code = 1;
  for (const port of ports) {
    const done = yield* settings.udp
      ? connectUdp(proc, settings, address, port)
      : connectToTcp(proc, settings, address, port);
    if (done === 0) code = 0;
    if (!settings.scan) return done;
  }
  return code;
}

function* connectToTcp(proc: Process, settings: Settings, address: number, port: number): Run<number> {
  const { localAddress, localPort } = settings;
  const deadlineNs = proc.nowNs + settings.timeoutNs;
  try {
    const socket = yield* connectTcp(proc, address, port, {
      localAddress,
      localPort,
      reuseAddress: true,
      deadlineNs,
    });
    announceSuccess(proc, settings, address, port);
    const error = settings.scan ? 0 : yield* copyBothWays(proc, new TcpPeer(socket), settings.copy);
    socket.close();
    return error === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof SocketTimeout) return connectFailed(proc, settings, address, port, 'timed out');
    if (error instanceof SocketError) return connectFailed(proc, settings, address, port, error.message);
    throw error;
  }
}

function* connectUdp(proc: Process, settings: Settings, address: number, port: number): Run<number> {
  const socket = new UdpSocket(proc.netns, proc);
  const { localAddress, localPort } = settings;
  if (localAddress !== 0 || localPort !== 0) {
    socket.reuseAddress = true;
    const error = socket.bind(localAddress, localPort);
    if (error !== 0) return complain(proc, errnoMessage(error));
  }
  const error = socket.connect(address, port);
  if (error !== 0) return connectFailed(proc, settings, address, port, errnoMessage(error));
  if (settings.scan) {
    for (let i = 0; i < UDP_PROBES; i++) {
      if (socket.send(Uint8Array.of(0x58)) !== 0) {
        socket.close();
        return 1;
      }
      yield* proc.sleep(1e9);
    }
    socket.close();
    announceSuccess(proc, settings, address, port);
    return 0;
  }
  announceSuccess(proc, settings, address, port);
  const failed = yield* copyBothWays(proc, new UdpPeer(socket), settings.copy);
  if (failed !== 0 && settings.busybox) proc.printError(`${toolName(proc)}: read: ${errnoMessage(failed)}\n`);
  return failed === 0 ? 0 : 1;
}

function announceSuccess(proc: Process, settings: Settings, address: number, port: number): void {
  if (!settings.verbose) return;
  const text = formatIpv4(address);
  if (settings.busybox) {
    proc.printError(`${text} (${text}:${port}) open\n`);
    return;
  }
  const service = settings.numeric ? '*' : (SERVICES.get(port) ?? '*');
  proc.printError(
    `Connection to ${settings.host} ${port} port [${settings.udp ? 'udp' : 'tcp'}/${service}] succeeded!\n`,
  );
}

function connectFailed(
  proc: Process,
  settings: Settings,
  address: number,
  port: number,
  reason: string,
): number {
  if (settings.busybox) {
    const text =
      reason === 'timed out'
        ? 'timed out'
        : `can't connect to remote host (${formatIpv4(address)}): ${reason}`;
    return complain(proc, text);
  }
  // OpenBSD's says why only with -v.
  if (!settings.verbose) return 1;
  const words = reason === 'timed out' ? 'Connection timed out' : reason;
  const named = isIpv4Text(settings.host!) ? settings.host! : `${settings.host} (${formatIpv4(address)})`;
  return complain(
    proc,
    `connect to ${named} port ${port} (${settings.udp ? 'udp' : 'tcp'}) failed: ${words}`,
  );
}

function complain(proc: Process, text: string): number {
  proc.printError(`${toolName(proc)}: ${text}\n`);
  return 1;
}
