import type { Process } from '../../core/host/process.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import {
  DNS_PORT,
  DNS_RCODE,
  canonicalDnsName,
  dnsQuery,
  parseDnsMessage,
  writeDnsMessage,
  type DnsMessage,
} from '../../protocols/dns/index.ts';
import type { Run } from '../line-input.ts';
import type { ResolverConfig } from './resolv-conf.ts';

/** A question on its way. */
interface Pending {
  query: DnsMessage;
  bytes: Uint8Array;
  reply: DnsMessage | null;
}

/** A random query id, as the C library draws one for every question. */
export function drawQueryId(proc: Process): number {
  return proc.host.sim.random.stream(`${proc.host.name}/${proc.netns.id}:dns-ids`).below(65536);
}

/**
 * Asks the name servers for one name and several types at once, as glibc's res_nsend does: the questions go out
 * together over one connected socket a server, which is kept for the next attempt; a server that refuses, fails
 * or is silent for the time-out hands over to the next. Null when none gave an answer to every question.
 */
export function* exchangeQueries(
  proc: Process,
  config: ResolverConfig,
  name: string,
  types: readonly number[],
): Run<DnsMessage[] | null> {
  const pending = types.map((type): Pending => {
    const query = dnsQuery(drawQueryId(proc), name, type);
    return { query, bytes: writeDnsMessage(query), reply: null };
  });
  const sockets = new Map<number, UdpSocket>();
  try {
    for (let attempt = 0; attempt < config.attempts; attempt++) {
      for (let i = 0; i < config.nameservers.length; i++) {
        const socket = sockets.get(i) ?? new UdpSocket(proc.netns, proc);
        sockets.set(i, socket);
        if (socket.remotePort === 0 && socket.connect(config.nameservers[i]!, DNS_PORT) !== 0) continue;
        const seconds = i === 0 ? config.timeoutS : (config.timeoutS << i) / config.nameservers.length;
        if (yield* askServer(proc, socket, pending, Math.max(1, Math.floor(seconds)) * 1e9)) {
          return pending.map(({ reply }) => reply!);
        }
      }
    }
    return null;
  } finally {
    for (const socket of sockets.values()) socket.close();
  }
}

/** Sends what is unanswered and reads replies: true when all have one, false when the server is to be given up. */
function* askServer(
  proc: Process,
  socket: UdpSocket,
  pending: readonly Pending[],
  timeoutNs: number,
): Run<boolean> {
  for (const question of pending) {
    if (question.reply === null && socket.send(question.bytes) !== 0) return false;
  }
  const deadlineNs = proc.nowNs + timeoutNs;
  for (;;) {
    if (socket.takeError() !== 0) return false;
    for (let datagram = socket.receive(); datagram !== null; datagram = socket.receive()) {
      const reply = parseDnsMessage(datagram.data);
      const question = reply === null ? undefined : pending.find(({ query }) => answers(query, reply));
      if (reply === null || question === undefined) continue;
      if (isServerFailure(reply.rcode)) return false;
      question.reply = reply;
    }
    if (pending.every(({ reply }) => reply !== null)) return true;
    const leftNs = deadlineNs - proc.nowNs;
    if (leftNs <= 0) return false;
    yield* proc.wait(socket.readable, leftNs);
  }
}

/** True when a message is the response to a query: same id, and the question repeated. */
export function answers(query: DnsMessage, reply: DnsMessage): boolean {
  const asked = query.questions[0]!;
  const repeated = reply.questions[0];
  return (
    reply.response &&
    reply.id === query.id &&
    repeated !== undefined &&
    repeated.type === asked.type &&
    canonicalDnsName(repeated.name) === canonicalDnsName(asked.name)
  );
}

function isServerFailure(rcode: number): boolean {
  return rcode === DNS_RCODE.SERVFAIL || rcode === DNS_RCODE.NOTIMP || rcode === DNS_RCODE.REFUSED;
}
