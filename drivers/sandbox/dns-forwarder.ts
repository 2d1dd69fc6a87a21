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
import {
  failureReply,
  isUpstreamFailure,
  relayedReply,
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

/**
 * Asks the upstreams in order, over the transport the client used, and gives the reply for the client: the first
 * that is no failure, or SERVFAIL. `upstreams` null: too many queries are on their way, REFUSED.
 * Not modelled: upstreams with IPv6 addresses, which are passed over.
 */
export function* forwardQuery(
  proc: Process,
  query: DnsMessage,
  transport: ResolverTransport,
  upstreams: readonly Upstream[] | null,
): Run<Uint8Array | null> {
  if (upstreams === null) return failureReply(query, DNS_RCODE.REFUSED);
  const bytes = writeDnsMessage(query);
  for (const { address, netns } of upstreams.slice(0, MAX_UPSTREAMS)) {
    if (!isIpv4Text(address)) continue;
    const server = parseIpv4(address);
    const ask = transport === 'udp' ? askOverUdp : askOverTcp;
    const reply = yield* ask(proc, netns, server, bytes, query.id);
    const message = reply === null ? null : parseDnsMessage(reply);
    if (message === null || isUpstreamFailure(message)) continue;
    return relayedReply(reply!);
  }
  return failureReply(query, DNS_RCODE.SERVFAIL);
}

/** Each query has a socket, and so a source port, of its own. */
function* askOverUdp(
  proc: Process,
  netns: NetNamespace,
  server: number,
  query: Uint8Array,
  id: number,
): Run<Uint8Array | null> {
  const socket = new UdpSocket(netns, proc);
  try {
    if (socket.connect(server, DNS_PORT) !== 0 || socket.send(query) !== 0) return null;
    const untilNs = proc.nowNs + TIMEOUT_NS;
    for (;;) {
      const datagram = socket.receive();
      if (datagram !== null && hasId(datagram.data, id)) return datagram.data;
      if (datagram !== null) continue;
      if (socket.takeError() !== 0 || proc.nowNs >= untilNs) return null;
      yield* proc.wait(socket.readable, untilNs - proc.nowNs);
    }
  } finally {
    socket.close();
  }
}

function* askOverTcp(
  proc: Process,
  netns: NetNamespace,
  server: number,
  query: Uint8Array,
): Run<Uint8Array | null> {
  const socket = new TcpSocket(netns, proc);
  try {
    const error = socket.connect(server, DNS_PORT);
    if (error !== 0 && error !== EINPROGRESS) return null;
    const connectUntilNs = proc.nowNs + TIMEOUT_NS;
    while (!socket.isConnected) {
      if (socket.takeError() !== 0 || proc.nowNs >= connectUntilNs) return null;
      yield* proc.wait(socket.writable, connectUntilNs - proc.nowNs);
    }
    if (!(yield* sendDnsMessage(proc, socket, query))) return null;
    return yield* receiveDnsMessage(proc, socket, proc.nowNs + TIMEOUT_NS);
  } finally {
    socket.close();
  }
}

function hasId(message: Uint8Array, id: number): boolean {
  return message.length >= 2 && ((message[0]! << 8) | message[1]!) === id;
}
