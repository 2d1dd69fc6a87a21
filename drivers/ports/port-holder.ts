/**
 * What keeps a published port on the host: a docker-proxy process, or, without the userland proxy, a socket that
 * the daemon itself holds (libnetwork portmapper/proxy.go, proxy_linux.go).
 */
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import { SIGTERM } from '../../core/host/process.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext } from '../driver.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import type { PortProtocol } from './port-request.ts';

/** net.core.somaxconn, which Go's listeners take. */
const BACKLOG = 4096;

export interface PortHolder {
  release(): void;
}

export interface HeldPort {
  readonly protocol: PortProtocol;
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly containerIp: IpAddress;
  readonly containerPort: number;
}

/** Takes the port on the host; Docker's error when something else has it. */
export function holdPort(context: DriverContext, port: HeldPort): PortHolder {
  return context.config.userlandProxy ? startProxy(context, port) : bindDummy(context, port);
}

/** The program reports whether it could bind; here that is tried first, for nothing runs in between. */
function startProxy(context: DriverContext, port: HeldPort): PortHolder {
  const { host } = context;
  bind(context, port, null).close();
  const program = host.env.programs.find('docker-proxy');
  if (program === undefined)
    throw new DockerError('internal', 'fork/exec /usr/sbin/docker-proxy: no such file or directory');
  const proxy = host.processes.spawn(program, {
    context: context.daemon.context,
    argv: proxyCommand(context.release, port),
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
  return { release: () => stop(proxy) };
}

function stop(proxy: Process): void {
  proxy.kill(SIGTERM);
}

/** The command line as `ps` shows it. From release 28 on the daemon listens, and the proxy takes over. */
function proxyCommand(release: EngineRelease, port: HeldPort): string[] {
  const command = [
    '/usr/sbin/docker-proxy',
    '-proto',
    port.protocol,
    '-host-ip',
    formatIp(port.hostIp),
    '-host-port',
    String(port.hostPort),
    '-container-ip',
    formatIp(port.containerIp),
    '-container-port',
    String(port.containerPort),
  ];
  if (isAtLeast(release, 28)) command.push('-use-listen-fd');
  return command;
}

function bindDummy(context: DriverContext, port: HeldPort): PortHolder {
  const socket = bind(context, port, context.daemon);
  return { release: () => socket.close() };
}

function bind(context: DriverContext, port: HeldPort, owner: Process | null): { close(): void } {
  if (port.protocol === 'sctp') return { close: () => {} };
  const { socket, error } = openSocket(context, port, owner);
  if (error === 0) return socket;
  socket.close();
  throw new DockerError('internal', bindError(context, port, errnoMessage(error).toLowerCase()));
}

/** From release 28 it is the daemon that binds, with and without the proxy. */
function bindError(context: DriverContext, port: HeldPort, reason: string): string {
  const { protocol, hostPort } = port;
  const isIpv4 = typeof port.hostIp === 'number';
  const where = `${isIpv4 ? formatIp(port.hostIp) : `[${formatIp(port.hostIp)}]`}:${hostPort}`;
  if (isAtLeast(context.release, 28)) return `failed to bind host port ${where}/${protocol}: ${reason}`;
  const text = `listen ${protocol}${isIpv4 ? 4 : 6} ${where}: bind: ${reason}`;
  return context.config.userlandProxy ? `Error starting userland proxy: ${text}` : text;
}

function openSocket(context: DriverContext, port: HeldPort, owner: Process | null) {
  const netns = context.host.initNamespace;
  const { hostIp, hostPort, protocol } = port;
  if (protocol === 'udp') {
    if (typeof hostIp === 'number') {
      const socket = new UdpSocket(netns, owner);
      return { socket, error: socket.bind(hostIp, hostPort) };
    }
    const socket = new Udp6Socket(netns, owner);
    socket.v6Only = true;
    return { socket, error: socket.bind(hostIp, hostPort) };
  }
  if (typeof hostIp === 'number') {
    const socket = new TcpSocket(netns, owner);
    // Go's listeners set it, so that a port with old connections in TIME_WAIT can be had.
    socket.reuseAddress = true;
    return { socket, error: socket.bind(hostIp, hostPort) || socket.listen(BACKLOG) };
  }
  const socket = new Tcp6Socket(netns, owner);
  socket.reuseAddress = true;
  socket.v6Only = true;
  return { socket, error: socket.bind(hostIp, hostPort) || socket.listen(BACKLOG) };
}
