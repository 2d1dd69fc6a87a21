import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun, WaitRequest } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket, type Datagram } from '../../core/socket/udp-socket.ts';
import { EINPROGRESS } from '../../core/socket/errno.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { DNS_RCODE, parseDnsMessage, type DnsMessage } from '../../protocols/dns/index.ts';
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { Iptables } from '../engine/iptables.ts';
import type { Sandbox } from '../engine/sandbox.ts';
import type { NameSource } from './name-source.ts';
import { externalServers, isNdotsSet, type ExternalServer } from './resolv-conf.ts';
import {
  decideDnsQuery,
  failureReply,
  isUpstreamFailure,
  relayedReply,
  type ResolverSettings,
  type ResolverTransport,
} from './resolver-answers.ts';

type Wait<T> = Generator<WaitRequest, T, WaitQueue | null>;

const LISTEN_ADDRESS = parseIpv4('127.0.0.11');
const DNS_PORT = 53;
/** libnetwork resolver.go: extIOTimeout, maxExtDNS. */
const UPSTREAM_TIMEOUT_NS = 4_000_000_000;
const MAX_UPSTREAMS = 3;

/**
 * The embedded DNS server of a sandbox (libnetwork resolver.go): it listens on ports the kernel chose on 127.0.0.11,
 * and rules in the sandbox's own namespace bring port 53 there and the answers back.
 */
export function startResolver(engine: Engine, sandbox: Sandbox, container: Container): void {
  const host = engine.host;
  sandbox.resolver = host.processes.spawn((proc) => serve(proc, engine, sandbox, container), {
    context: { netns: sandbox.netns, fileSystem: host.fileSystem, uts: host, userland: 'debian' },
    argv: ['dockerd'],
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
}

export function stopResolver(sandbox: Sandbox): void {
  sandbox.resolver?.kill();
  sandbox.resolver = null;
}

function* serve(proc: Process, engine: Engine, sandbox: Sandbox, container: Container): ProgramRun {
  const udp = new UdpSocket(proc.netns, proc);
  const tcp = new TcpSocket(proc.netns, proc);
  if (udp.bind(LISTEN_ADDRESS, 0) !== 0 || tcp.bind(LISTEN_ADDRESS, 0) !== 0 || tcp.listen(128) !== 0)
    return 1;
  writeRules(proc, udp.localPort, tcp.localPort);
  for (;;) {
    for (let query = udp.receive(); query !== null; query = udp.receive()) {
      answerDatagram(proc, engine, sandbox, container, udp, query);
    }
    for (let client = tcp.accept(proc); client !== null; client = tcp.accept(proc)) {
      const connection = client;
      startHelper(proc, (helper) => serveConnection(helper, engine, sandbox, container, connection));
    }
    yield* proc.waitAny([udp.readable, tcp.readable]);
  }
}

/** The rules that resolver_unix.go writes, each inserted, so that TCP's end up first. */
function writeRules(proc: Process, udpPort: number, tcpPort: number): void {
  const iptables = new Iptables(proc.netns);
  const ip = formatIpv4(LISTEN_ADDRESS);
  iptables.newChain('nat', 'DOCKER_OUTPUT');
  iptables.newChain('nat', 'DOCKER_POSTROUTING');
  iptables.run('-t', 'nat', '-I', 'OUTPUT', '-d', ip, '-j', 'DOCKER_OUTPUT');
  iptables.run('-t', 'nat', '-I', 'POSTROUTING', '-d', ip, '-j', 'DOCKER_POSTROUTING');
  for (const [protocol, port] of [
    ['udp', udpPort],
    ['tcp', tcpPort],
  ] as const) {
    const to = ['-d', ip, '-p', protocol, '--dport', '53', '-j', 'DNAT', '--to-destination', `${ip}:${port}`];
    iptables.run('-t', 'nat', '-I', 'DOCKER_OUTPUT', ...to);
    const back = ['-s', ip, '-p', protocol, '--sport', String(port), '-j', 'SNAT', '--to-source', ':53'];
    iptables.run('-t', 'nat', '-I', 'DOCKER_POSTROUTING', ...back);
  }
}

function answerDatagram(
  proc: Process,
  engine: Engine,
  sandbox: Sandbox,
  container: Container,
  socket: UdpSocket,
  query: Datagram,
): void {
  const decision = decideDnsQuery(query.data, 'udp', settingsOf(engine, sandbox, container));
  if (decision.kind === 'drop') return;
  if (decision.kind === 'answer') {
    socket.sendTo(decision.bytes, query.source, query.sourcePort);
    return;
  }
  startHelper(proc, function* (helper) {
    const reply = yield* forward(helper, engine, container, decision.query, query.data, 'udp');
    socket.sendTo(reply, query.source, query.sourcePort);
    return 0;
  });
}

/** DNS over TCP: each message has its length before it (RFC 1035 section 4.2.2). */
function* serveConnection(
  proc: Process,
  engine: Engine,
  sandbox: Sandbox,
  container: Container,
  client: TcpSocket,
): ProgramRun {
  let received = new Uint8Array(0);
  while (!client.endOfStream) {
    received = concat(received, client.receive());
    const message = takeMessage(received);
    if (message === null) {
      yield* proc.wait(client.readable);
      continue;
    }
    received = received.slice(message.length + 2);
    const decision = decideDnsQuery(message, 'tcp', settingsOf(engine, sandbox, container));
    if (decision.kind === 'drop') continue;
    const reply =
      decision.kind === 'answer'
        ? decision.bytes
        : yield* forward(proc, engine, container, decision.query, message, 'tcp');
    client.send(framed(reply));
  }
  client.close();
  return 0;
}

/** Asks the upstream servers one after another; the last word is SERVFAIL. */
function* forward(
  proc: Process,
  engine: Engine,
  container: Container,
  query: DnsMessage,
  bytes: Uint8Array,
  transport: ResolverTransport,
): Wait<Uint8Array> {
  const servers = externalServers(engine.containers.networking.resolvConfOptions(container));
  for (const server of servers.slice(0, MAX_UPSTREAMS)) {
    const answer =
      transport === 'udp'
        ? yield* askUdp(proc, engine, server, bytes)
        : yield* askTcp(proc, engine, server, bytes);
    const parsed = answer === null ? null : parseDnsMessage(answer);
    if (answer === null || parsed === null || isUpstreamFailure(parsed)) continue;
    return relayedReply(answer) ?? failureReply(query, DNS_RCODE.SERVFAIL);
  }
  return failureReply(query, DNS_RCODE.SERVFAIL);
}

function* askUdp(
  proc: Process,
  engine: Engine,
  server: ExternalServer,
  bytes: Uint8Array,
): Wait<Uint8Array | null> {
  if (!isIpv4Text(server.address)) return null;
  const netns = server.fromHost ? engine.host.initNamespace : proc.netns;
  const socket = new UdpSocket(netns, proc);
  try {
    if (socket.connect(parseIpv4(server.address), DNS_PORT) !== 0) return null;
    if (socket.send(bytes) !== 0) return null;
    const deadlineNs = proc.nowNs + UPSTREAM_TIMEOUT_NS;
    for (;;) {
      const reply = socket.receive();
      if (reply !== null) return reply.data;
      if (socket.takeError() !== 0 || proc.nowNs >= deadlineNs) return null;
      yield* proc.wait(socket.readable, deadlineNs - proc.nowNs);
    }
  } finally {
    socket.close();
  }
}

function* askTcp(
  proc: Process,
  engine: Engine,
  server: ExternalServer,
  bytes: Uint8Array,
): Wait<Uint8Array | null> {
  if (!isIpv4Text(server.address)) return null;
  const netns = server.fromHost ? engine.host.initNamespace : proc.netns;
  const socket = new TcpSocket(netns, proc);
  try {
    if (socket.connect(parseIpv4(server.address), DNS_PORT) !== EINPROGRESS) return null;
    const deadlineNs = proc.nowNs + UPSTREAM_TIMEOUT_NS;
    while (!socket.isConnected) {
      if (socket.softError !== 0 || proc.nowNs >= deadlineNs) return null;
      yield* proc.wait(socket.writable, deadlineNs - proc.nowNs);
    }
    socket.send(framed(bytes));
    let received = new Uint8Array(0);
    for (;;) {
      received = concat(received, socket.receive());
      const message = takeMessage(received);
      if (message !== null) return message;
      if (socket.endOfStream || proc.nowNs >= deadlineNs) return null;
      yield* proc.wait(socket.readable, deadlineNs - proc.nowNs);
    }
  } finally {
    socket.close();
  }
}

/** A query that must wait has a thread of its own, as a goroutine serves it. */
function startHelper(proc: Process, run: (helper: Process) => ProgramRun): void {
  const helper = proc.host.processes.spawn(run, {
    context: proc.context,
    argv: ['dockerd'],
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
  const resource = { releasedBy: () => helper.kill() };
  proc.own(resource);
}

function settingsOf(engine: Engine, sandbox: Sandbox, container: Container): ResolverSettings {
  const names: NameSource = {
    endpoints: sandbox.endpoints.map((endpoint) => ({
      network: endpoint.network.names,
      linkAliases: new Map(
        (endpoint.settings.links ?? []).map((link) => {
          const [name, alias] = link.split(':') as [string, string?];
          return [alias ?? name, name] as const;
        }),
      ),
    })),
  };
  return {
    release: engine.release,
    names,
    random: engine.host.sim.random.stream(`${engine.host.name}/${container.name}:dns-shuffle`),
    ndotsSet: isNdotsSet(engine.containers.networking.resolvConfOptions(container)),
  };
}

function takeMessage(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < 2) return null;
  const length = (bytes[0]! << 8) | bytes[1]!;
  return bytes.length < 2 + length ? null : bytes.slice(2, 2 + length);
}

function framed(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(message.length + 2);
  out[0] = message.length >>> 8;
  out[1] = message.length;
  out.set(message, 2);
  return out;
}

function concat(a: Uint8Array<ArrayBuffer>, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
