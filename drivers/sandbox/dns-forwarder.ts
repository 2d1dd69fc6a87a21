/** Passing a query on to the name servers of the host or of `--dns` (libnetwork resolver.go forwardExtDNS). */
import type { Process } from '../../core/host/process.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { EINPROGRESS } from '../../core/socket/errno.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import {
  DNS_PORT,
  DNS_RCODE,
  parseDnsMessage,
  writeDnsMessage,
  type DnsMessage,
} from '../../protocols/dns/index.ts';
import { isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import {
  failureReply,
  relayedReply,
  settlesQuestion,
  type ResolverTransport,
} from '../names/resolver-answers.ts';
import { receiveDnsMessage, sendDnsMessage } from './dns-stream.ts';

type Run<T> = Generator<WaitRequest, T, WaitQueue | null>;

const MAX_UPSTREAMS = 3;
/** For connecting and for the exchange, each. */
const TIMEOUT_NS = 4_000_000_000;

export interface Upstream {
  readonly address: string;
  /** Where it is asked from. */
  readonly netns: NetNamespace;
}

/** What became of a query: bytes, or why there are none. */
type Reply = Uint8Array | 'notSent' | 'noReply';

/**
 * Asks the upstreams in order, over the transport the client used, and gives the reply for the client: the first
 * that settles the question. When none does, release 24 and later say SERVFAIL; earlier ones pass on what the last
 * upstream said, and leave the client waiting when it said nothing (null). Too many queries are on their way when
 * `isFull`: REFUSED, and before release 24 nothing.
 * Not modelled: upstreams with IPv6 addresses, which are passed over.
 */
export function* forwardQuery(
  proc: Process,
  query: DnsMessage,
  transport: ResolverTransport,
  upstreams: readonly Upstream[],
  release: EngineRelease,
  isFull: boolean,
): Run<Uint8Array | null> {
  const answersFailures = isAtLeast(release, 24);
  if (isFull) return answersFailures ? failureReply(query, DNS_RCODE.REFUSED) : null;
  const bytes = writeDnsMessage(query);
  let last: Uint8Array | null = null;
  for (const { address, netns } of upstreams.slice(0, MAX_UPSTREAMS)) {
    if (!isIpv4Text(address)) continue;
    const ask = transport === 'udp' ? askOverUdp : askOverTcp;
    const reply: Reply = yield* ask(proc, netns, parseIpv4(address), bytes, query.id);
    if (reply === 'notSent') continue;
    const message = reply === 'noReply' ? null : parseDnsMessage(reply);
    last = message === null ? null : (reply as Uint8Array);
    if (message !== null && settlesQuestion(message, release)) return relayedReply(last!);
  }
  if (answersFailures) return failureReply(query, DNS_RCODE.SERVFAIL);
  return last === null ? null : relayedReply(last);
}

/** Each query has a socket, and so a source port, of its own. */
function* askOverUdp(
  proc: Process,
  netns: NetNamespace,
  server: number,
  query: Uint8Array,
  id: number,
): Run<Reply> {
  const socket = new UdpSocket(netns, proc);
  try {
    if (socket.connect(server, DNS_PORT) !== 0 || socket.send(query) !== 0) return 'notSent';
    const untilNs = proc.nowNs + TIMEOUT_NS;
    for (;;) {
      const datagram = socket.receive();
      if (datagram !== null && hasId(datagram.data, id)) return datagram.data;
      if (datagram !== null) continue;
      if (socket.takeError() !== 0 || proc.nowNs >= untilNs) return 'noReply';
      yield* proc.wait(socket.readable, untilNs - proc.nowNs);
    }
  } finally {
    socket.close();
  }
}

function* askOverTcp(proc: Process, netns: NetNamespace, server: number, query: Uint8Array): Run<Reply> {
  const socket = new TcpSocket(netns, proc);
  try {
    const error = socket.connect(server, DNS_PORT);
    if (error !== 0 && error !== EINPROGRESS) return 'notSent';
    const connectUntilNs = proc.nowNs + TIMEOUT_NS;
    while (!socket.isConnected) {
      if (socket.takeError() !== 0 || proc.nowNs >= connectUntilNs) return 'notSent';
      yield* proc.wait(socket.writable, connectUntilNs - proc.nowNs);
    }
    if (!(yield* sendDnsMessage(proc, socket, query))) return 'notSent';
    return (yield* receiveDnsMessage(proc, socket, proc.nowNs + TIMEOUT_NS)) ?? 'noReply';
  } finally {
    socket.close();
  }
}

function hasId(message: Uint8Array, id: number): boolean {
  return message.length >= 2 && ((message[0]! << 8) | message[1]!) === id;
}
