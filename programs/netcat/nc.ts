import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { EINVAL, errnoMessage } from '../../core/socket/errno.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { formatIp, isIpText, type IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { inOrder } from '../resolver/address-order.ts';
import { resolveHost, type AddressFamily } from '../resolver/resolve.ts';
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
  localAddress: IpAddress;
  family: AddressFamily;
  localPort: number;
  /** Infinity for none. */
  timeoutNs: number;
  host: string | null;
  ports: number[];
  copy: CopyOptions;
}

/**
 * nc: busybox's where the image has busybox, else OpenBSD's (Debian's netcat-openbsd). Not modelled: proxies, Unix
 * sockets, -e and -c (running a program).
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
  const family = args.has('6') ? 'inet6' : args.has('4') ? 'inet' : 'unspec';
  const operands = [...args.operands];
  const listening = args.has('l');
  const portText =
    operands.length > 0 && (!listening || operands.length > 1 || !args.has('p')) ? operands.pop() : undefined;
  const host = operands.shift() ?? null;
  const ports = portText === undefined ? [] : readPorts(portText);
  if (ports === null) return `port number invalid: ${portText}`;
  const source = args.value('s');
  const localAddress = source === undefined ? 0 : yield* resolveOne(proc, source, family, busybox);
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
    family,
    localPort: Number(args.value('p') ?? 0),
    timeoutNs,
    host,
    ports,
    copy: {
      idleNs: timeoutNs,
      atInputEnd,
      atPeerEnd: busybox ? 'end' : listening ? 'drain' : 'finish-input',
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
  const named = yield* listenAddress(proc, settings);
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

function* listenOnTcp(proc: Process, settings: Settings, address: IpAddress, port: number): Run<number> {
  const listener = listenTcp(proc, address, port, 1);
  if (settings.verbose) proc.printError(`Listening on ${formatIp(address)} ${listener.localPort}\n`);
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
function* listenUdp(proc: Process, settings: Settings, address: IpAddress, port: number): Run<number> {
  const socket = udpSocket(proc, address);
  socket.reuseAddress = true;
  const error = bindUdp(socket, address, port);
  if (error !== 0) throw new SocketError(error);
  if (settings.verbose) proc.printError(`Bound on ${formatIp(address)} ${socket.localPort}\n`);
  let first = socket.receive();
  while (first === null) {
    yield* proc.wait(socket.readable);
    first = socket.receive();
  }
  announcePeer(proc, settings, first.source, first.sourcePort);
  connectTo(socket, first.source, first.sourcePort);
  proc.print(new TextDecoder().decode(first.data));
  return (yield* copyBothWays(proc, new UdpPeer(socket), settings.copy)) === 0 ? 0 : 1;
}

/** The address of a host in the family asked for: busybox prefers IPv4, others take the resolver's first. */
function* resolveOne(
  proc: Process,
  name: string,
  family: AddressFamily,
  busybox: boolean,
): Run<IpAddress | null> {
  const resolved = yield* resolveHost(proc, name, family);
  if (typeof resolved === 'string') return null;
  return (busybox ? resolved.ipv4[0] : undefined) ?? inOrder(proc.netns, resolved)[0] ?? null;
}

/** Where to listen: the host of the command line, -s, or any address of the family. */
function* listenAddress(proc: Process, settings: Settings): Run<IpAddress | null> {
  const { host, family, localAddress } = settings;
  if (host !== null) return yield* resolveOne(proc, host, family, settings.busybox);
  return localAddress === 0 && family === 'inet6' ? Ipv6Address.UNSPECIFIED : localAddress;
}

function udpSocket(proc: Process, peer: IpAddress): UdpSocket | Udp6Socket {
  return typeof peer === 'number' ? new UdpSocket(proc.netns, proc) : new Udp6Socket(proc.netns, proc);
}

function bindUdp(socket: UdpSocket | Udp6Socket, address: IpAddress, port: number): number {
  if (socket instanceof UdpSocket) return typeof address === 'number' ? socket.bind(address, port) : EINVAL;
  if (typeof address !== 'number') return socket.bind(address, port);
  return address === 0 ? socket.bind(Ipv6Address.UNSPECIFIED, port) : EINVAL;
}

function connectTo(socket: UdpSocket | Udp6Socket, address: IpAddress, port: number): number {
  if (socket instanceof UdpSocket) return socket.connect(address as number, port);
  return socket.connect(address as Ipv6Address, port);
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
  if (settings.numeric && !isIpText(host)) return complain(proc, `bad address '${host}'`);
  const address = yield* resolveOne(proc, host, settings.family, settings.busybox);
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

function* connectToTcp(proc: Process, settings: Settings, address: IpAddress, port: number): Run<number> {
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

function* connectUdp(proc: Process, settings: Settings, address: IpAddress, port: number): Run<number> {
  const socket = udpSocket(proc, address);
  const { localAddress, localPort } = settings;
  if (localAddress !== 0 || localPort !== 0) {
    socket.reuseAddress = true;
    const error = bindUdp(socket, localAddress, localPort);
    if (error !== 0) return complain(proc, errnoMessage(error));
  }
  const error = connectTo(socket, address, port);
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

function announceSuccess(proc: Process, settings: Settings, address: IpAddress, port: number): void {
  if (!settings.verbose) return;
  const text = formatIp(address);
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
  address: IpAddress,
  port: number,
  reason: string,
): number {
  if (settings.busybox) {
    const text =
      reason === 'timed out' ? 'timed out' : `can't connect to remote host (${formatIp(address)}): ${reason}`;
    return complain(proc, text);
  }
  // OpenBSD's says why only with -v.
  if (!settings.verbose) return 1;
  const words = reason === 'timed out' ? 'Connection timed out' : reason;
  const named = isIpText(settings.host!) ? settings.host! : `${settings.host} (${formatIp(address)})`;
  return complain(
    proc,
    `connect to ${named} port ${port} (${settings.udp ? 'udp' : 'tcp'}) failed: ${words}`,
  );
}

function complain(proc: Process, text: string): number {
  proc.printError(`${toolName(proc)}: ${text}\n`);
  return 1;
}
