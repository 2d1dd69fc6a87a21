import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { ProxySettings } from './docker-proxy.ts';

/** udp_proxy.go: a client's backend socket is closed when it was idle this long. */
const IDLE_NS = 90_000_000_000;

interface Client {
  readonly address: number;
  readonly port: number;
  readonly backend: UdpSocket;
  lastNs: number;
}

/** One backend socket for each client address and port. */
export function* proxyUdp(proc: Process, settings: ProxySettings): ProgramRun {
  const listener = new UdpSocket(proc.netns, proc);
  if (listener.bind(parseIpv4(settings.hostIp), settings.hostPort) !== 0) return 1;
  const clients: Client[] = [];
  for (;;) {
    for (let datagram = listener.receive(); datagram !== null; datagram = listener.receive()) {
      const { source, sourcePort, data } = datagram;
      const client = clientFor(proc, settings, clients, source, sourcePort);
      if (client === null) continue;
      client.lastNs = proc.nowNs;
      client.backend.send(data);
    }
    for (const client of clients) relayReplies(proc, listener, client);
    closeIdle(proc, clients);
    const queues: WaitQueue[] = [listener.readable, ...clients.map((client) => client.backend.readable)];
    const oldest = Math.min(...clients.map((client) => client.lastNs));
    yield* proc.waitAny(queues, clients.length === 0 ? Infinity : oldest + IDLE_NS - proc.nowNs);
  }
}

function clientFor(
  proc: Process,
  settings: ProxySettings,
  clients: Client[],
  address: number,
  port: number,
): Client | null {
  const known = clients.find((client) => client.address === address && client.port === port);
  if (known !== undefined) return known;
  const backend = new UdpSocket(proc.netns, proc);
  if (backend.connect(settings.containerIp, settings.containerPort) !== 0) {
    backend.close();
    return null;
  }
  const client = { address, port, backend, lastNs: proc.nowNs };
  clients.push(client);
  return client;
}

function relayReplies(proc: Process, listener: UdpSocket, client: Client): void {
  client.backend.takeError();
  for (let reply = client.backend.receive(); reply !== null; reply = client.backend.receive()) {
    client.lastNs = proc.nowNs;
    listener.sendTo(reply.data, client.address, client.port);
  }
}

function closeIdle(proc: Process, clients: Client[]): void {
  for (const client of clients.slice()) {
    if (proc.nowNs - client.lastNs < IDLE_NS) continue;
    client.backend.close();
    clients.splice(clients.indexOf(client), 1);
  }
}
