import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { SIGKILL, type Process } from '../../core/host/process.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { Endpoint } from '../engine/endpoint.ts';
import { DockerError } from '../docker-error.ts';
import type { PortBinding, PortMapping } from '../ports/port-mapping.ts';
import type { BridgeState } from './bridge-driver.ts';

/** Publishes ports on bridge networks (bridge/port_mapping.go, portmapper): rules, and a proxy or a reservation. */
export class BridgePorts {
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Opens all ports of the endpoint's container; what was opened is closed again when one cannot be. */
  open(state: BridgeState, endpoint: Endpoint): void {
    const container = endpoint.container;
    if (container === null || endpoint.address === null) return;
    try {
      for (const binding of bindingsOf(container)) this.openOne(state, endpoint, binding);
    } catch (error) {
      this.close(state, endpoint);
      throw error;
    }
  }

  close(state: BridgeState, endpoint: Endpoint): void {
    for (const port of endpoint.ports.splice(0)) {
      port.proxy?.kill(SIGKILL);
      port.reservation?.close();
      this.engine.ports.release(port.hostIp, port.protocol, port.hostPort);
      if (!port.hostIp.includes(':')) this.engine.firewall.removePort(state.firewall, port);
    }
  }

  private openOne(state: BridgeState, endpoint: Endpoint, binding: PortBinding): void {
    const asked = binding.hostIp !== '' ? binding.hostIp : state.options.hostBindingIpv4;
    const hostIp = asked === '' ? '0.0.0.0' : asked;
    const chosen = this.openOn(state, endpoint, binding, hostIp, binding.hostPort, binding.hostPortEnd);
    // The same port on [::] is served by the proxy alone.
    if (asked !== '' && asked !== '0.0.0.0') return;
    if (this.engine.userlandProxy) this.openOn(state, endpoint, binding, '::', chosen, chosen);
  }

  private openOn(
    state: BridgeState,
    endpoint: Endpoint,
    binding: PortBinding,
    hostIp: string,
    from: number,
    to: number,
  ): number {
    const hostPort = this.engine.ports.allocate(hostIp, binding.protocol, from, to);
    const port: PortMapping = {
      protocol: binding.protocol,
      containerPort: binding.containerPort,
      containerIp: endpoint.address!,
      hostIp,
      hostPort,
      proxy: null,
      reservation: null,
    };
    endpoint.ports.push(port);
    if (!hostIp.includes(':')) this.engine.firewall.addPort(state.firewall, port);
    if (this.engine.userlandProxy) port.proxy = this.startProxy(port);
    else if (!hostIp.includes(':')) port.reservation = this.reserve(port);
    return hostPort;
  }

  /** docker-proxy, one process for each address and port. */
  private startProxy(port: PortMapping): Process {
    this.checkFree(port);
    const host = this.engine.host;
    const program = host.env.programs.find('docker-proxy');
    if (program === undefined)
      throw new DockerError('internal', 'exec: "docker-proxy": executable file not found in $PATH');
    return host.processes.spawn(program, {
      context: { netns: host.initNamespace, fileSystem: host.fileSystem, uts: host, userland: 'debian' },
      argv: [
        '/usr/sbin/docker-proxy',
        '-proto',
        port.protocol,
        '-host-ip',
        port.hostIp,
        '-host-port',
        String(port.hostPort),
        '-container-ip',
        formatIpv4(port.containerIp),
        '-container-port',
        String(port.containerPort),
      ],
      stdin: EMPTY_INPUT,
      stdout: new TextBuffer(),
      stderr: new TextBuffer(),
    });
  }

  /** The proxy reports a port that another process holds through its exit; here it is asked beforehand. */
  private checkFree(port: PortMapping): void {
    const sockets = this.engine.host.initNamespace.sockets;
    if (port.hostIp.includes(':')) return;
    const address = parseIpv4(port.hostIp);
    const taken =
      port.protocol === 'udp'
        ? sockets.udp.isPortInUse(port.hostPort, address)
        : sockets.tcp
            .listListeners()
            .some(
              (socket) =>
                socket.localPort === port.hostPort &&
                (address === 0 || socket.localAddress === 0 || socket.localAddress === address),
            );
    if (!taken) return;
    const where = `${port.hostIp}:${port.hostPort}`;
    throw new DockerError(
      'internal',
      `Error starting userland proxy: listen ${port.protocol}4 ${where}: bind: address already in use`,
    );
  }

  /** Without a proxy the daemon itself holds a socket that nobody reads, so that nobody else takes the port. */
  private reserve(port: PortMapping): { close(): void } {
    const netns = this.engine.host.initNamespace;
    const address = parseIpv4(port.hostIp);
    const socket = port.protocol === 'udp' ? new UdpSocket(netns) : new TcpSocket(netns);
    const error =
      socket.bind(address, port.hostPort) || (socket instanceof TcpSocket ? socket.listen(128) : 0);
    if (error === 0) return socket;
    socket.close();
    throw new DockerError(
      'internal',
      `listen ${port.protocol} ${port.hostIp}:${port.hostPort}: bind: address already in use`,
    );
  }
}

/** What a container publishes: its `-p` options, and with `-P` each exposed port that has none. */
function bindingsOf(container: Container): PortBinding[] {
  const bindings = [...container.config.ports];
  if (container.config.publishAll === true) {
    for (const { port, protocol } of container.config.exposed) {
      if (bindings.some((binding) => binding.containerPort === port && binding.protocol === protocol))
        continue;
      bindings.push({ protocol, containerPort: port, hostIp: '', hostPort: 0, hostPortEnd: 0 });
    }
  }
  return bindings.sort((a, b) => a.containerPort - b.containerPort || (a.protocol < b.protocol ? -1 : 1));
}
