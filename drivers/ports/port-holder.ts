/**
 * What keeps a published port on the host: a docker-proxy process, or, without the userland proxy, a socket that
 * the daemon itself holds (libnetwork portmapper/proxy.go, proxy_linux.go).
 * Not modelled: IPv6 sockets of the daemon; ports of [::] are held by their docker-proxy only.
 */
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import { SIGTERM } from '../../core/host/process.ts';
import { errnoMessage } from '../../core/socket/errno.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext } from '../driver.ts';
import type { PortProtocol } from './port-request.ts';

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
  if (typeof port.hostIp === 'number') {
    const probe = bind(context, port, null);
    probe.close();
  }
  const program = host.env.programs.find('docker-proxy');
  if (program === undefined)
    throw new DockerError('internal', 'fork/exec /usr/sbin/docker-proxy: no such file or directory');
  const proxy = host.processes.spawn(program, {
    context: context.daemon.context,
    argv: proxyCommand(port),
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
  return { release: () => stop(proxy) };
}

function stop(proxy: Process): void {
  proxy.kill(SIGTERM);
}

/** The command line as `ps` shows it. */
export function proxyCommand(port: HeldPort): string[] {
  return [
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
}

function bindDummy(context: DriverContext, port: HeldPort): PortHolder {
  const socket = bind(context, port, context.daemon);
  return { release: () => socket.close() };
}

function bind(context: DriverContext, port: HeldPort, owner: Process | null): { close(): void } {
  const netns = context.host.initNamespace;
  const address = port.hostIp as number;
  if (port.protocol === 'sctp') return { close: () => {} };
  const socket = port.protocol === 'tcp' ? new TcpSocket(netns, owner) : new UdpSocket(netns, owner);
  // Go's listeners set it, so that a port with old connections in TIME_WAIT can be had.
  if (port.protocol === 'tcp') socket.reuseAddress = true;
  let error = socket.bind(address, port.hostPort);
  if (error === 0 && socket instanceof TcpSocket) error = socket.listen(4096);
  if (error === 0) return socket;
  socket.close();
  const where = `${port.protocol}4 ${formatIp(address)}:${port.hostPort}`;
  const reason = errnoMessage(error).toLowerCase();
  const text = `listen ${where}: bind: ${reason}`;
  throw new DockerError(
    'internal',
    context.config.userlandProxy ? `Error starting userland proxy: ${text}` : text,
  );
}
