/**
 * The embedded DNS server of a container: sockets on 127.0.0.11 in its namespace, the rules that lead port 53 to
 * them, and a thread of the daemon that answers (libnetwork resolver.go, resolver_unix.go).
 */
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { SIGKILL, type Process, type ProcessContext } from '../../core/host/process.ts';
import type { Program, ProgramRun } from '../../core/host/program.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import type { DnsMessage } from '../../protocols/dns/index.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { Engine } from '../engine/engine.ts';
import { Iptables } from '../iptables.ts';
import { decideDnsQuery, type ResolverSettings, type ResolverTransport } from '../names/resolver-answers.ts';
import { EMBEDDED_DNS_ADDRESS } from '../names/resolv-conf.ts';
import { addDnsRules } from './dns-rules.ts';
import { forwardQuery, type Upstream } from './dns-forwarder.ts';
import { receiveDnsMessage, sendDnsMessage } from './dns-stream.ts';
import type { Sandbox } from './sandbox.ts';

const ADDRESS = parseIpv4(EMBEDDED_DNS_ADDRESS);
/** Queries forwarded at a time; more are refused. */
const MAX_FORWARDED = 1024;

export class EmbeddedDns {
  private readonly engine: Engine;
  private readonly sandbox: Sandbox;
  private readonly udp: UdpSocket;
  private readonly tcp: TcpSocket;
  private readonly threads = new Set<Process>();
  private forwarding = 0;

  constructor(engine: Engine, sandbox: Sandbox) {
    this.engine = engine;
    this.sandbox = sandbox;
    const { netns } = sandbox;
    this.udp = new UdpSocket(netns, engine.daemon);
    this.tcp = new TcpSocket(netns, engine.daemon);
    this.udp.bind(ADDRESS, 0);
    this.tcp.bind(ADDRESS, 0);
    this.tcp.listen(4096);
    addDnsRules(new Iptables(netns), this.udp.localPort, this.tcp.localPort);
    this.startThread((proc) => this.serveUdp(proc));
    this.startThread((proc) => this.serveTcp(proc));
  }

  stop(): void {
    for (const thread of [...this.threads]) thread.kill(SIGKILL);
    this.udp.close();
    this.tcp.close();
  }

  private *serveUdp(proc: Process): ProgramRun {
    for (;;) {
      const datagram = this.udp.receive();
      if (datagram === null) {
        if (this.udp.closed) return 0;
        this.udp.takeError();
        yield* proc.wait(this.udp.readable);
        continue;
      }
      const { source, sourcePort, data } = datagram;
      this.answer(data, 'udp', (reply) => void this.udp.sendTo(reply, source, sourcePort));
    }
  }

  private *serveTcp(proc: Process): ProgramRun {
    for (;;) {
      const client = this.tcp.accept(this.engine.daemon);
      if (client === null) {
        yield* proc.wait(this.tcp.readable);
        continue;
      }
      this.startThread((thread) => this.serveClient(thread, client));
    }
  }

  /** One TCP connection: queries one after another until the client closes. */
  private *serveClient(proc: Process, client: TcpSocket): ProgramRun {
    try {
      for (;;) {
        const query = yield* receiveDnsMessage(proc, client);
        if (query === null) return 0;
        const replies: Uint8Array[] = [];
        const forwarded = this.answer(query, 'tcp', (reply) => replies.push(reply));
        if (forwarded !== null) yield* proc.waitFor(forwarded);
        for (const reply of replies) yield* sendDnsMessage(proc, client, reply);
      }
    } finally {
      client.close();
    }
  }

  /** Answers at once or starts a thread that asks an upstream; returns that thread. */
  private answer(
    bytes: Uint8Array,
    transport: ResolverTransport,
    reply: (bytes: Uint8Array) => void,
  ): Process | null {
    const decision = decideDnsQuery(bytes, transport, this.settings());
    if (decision.kind === 'answer') reply(decision.bytes);
    if (decision.kind !== 'forward') return null;
    return this.startThread((proc) => this.forward(proc, decision.query, transport, reply));
  }

  private *forward(
    proc: Process,
    query: DnsMessage,
    transport: ResolverTransport,
    reply: (bytes: Uint8Array) => void,
  ): ProgramRun {
    this.forwarding++;
    try {
      const isFull = this.forwarding > MAX_FORWARDED;
      const { release } = this.engine;
      const answer = yield* forwardQuery(proc, query, transport, this.upstreams(), release, isFull);
      if (answer !== null) reply(answer);
      return 0;
    } finally {
      this.forwarding--;
    }
  }

  private settings(): ResolverSettings {
    const { sandbox, engine } = this;
    const endpoints = sandbox.endpoints.map(({ network, linkAliases }) => ({
      network: network.names,
      linkAliases,
    }));
    return {
      release: engine.release,
      names: { endpoints },
      random: engine.random('dns-order'),
      ndotsSet: sandbox.files.ndotsSet,
    };
  }

  /** In order, each with the namespace it is asked from. A sandbox without a way out has none of the host's. */
  private upstreams(): Upstream[] {
    const { sandbox, engine } = this;
    return sandbox.files.externalServers
      .filter(({ fromHost }) => !fromHost || sandbox.gatewayEndpoint !== null)
      .map(({ address, fromHost }) => ({
        address,
        netns: fromHost ? engine.host.initNamespace : sandbox.netns,
      }));
  }

  private startThread(program: Program): Process {
    const { daemon, host } = this.engine;
    const context: ProcessContext = { ...daemon.context, netns: this.sandbox.netns };
    const thread = host.processes.spawn(program, {
      context,
      argv: daemon.argv,
      threadOf: daemon,
      stdin: EMPTY_INPUT,
      stdout: new TextBuffer(),
      stderr: new TextBuffer(),
      onExit: () => this.threads.delete(thread),
    });
    this.threads.add(thread);
    return thread;
  }
}
