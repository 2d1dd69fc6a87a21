import type { Process } from '../../core/host/process.ts';
import { IP_PMTUDISC_DONT, UdpSocket } from '../../core/socket/udp-socket.ts';
import { ECONNREFUSED, errnoMessage } from '../../core/socket/errno.ts';
import { get16, put16 } from '../../protocols/bytes.ts';
import { parseDnsMessage, type DnsMessage } from '../../protocols/dns/index.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { SocketError, SocketTimeout } from '../sockets-io/socket-error.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';

/** BIND's libuv sockets keep to what an IPv6 link of minimal MTU carries (lib/isc/netmgr: isc__nm_socket_tcp_maxseg). */
const MAX_SEGMENT_BYTES = 1220;

/** A reply with its size on the wire, or why there is none. */
export type DnsOutcome = { reply: DnsMessage; bytes: number } | { failure: string };

/**
 * Sends one query as BIND's tools do and waits for its answer. Over UDP the socket is connected and leaves DF clear
 * (IP_PMTUDISC_OMIT).
 */
export function* askOverUdp(
  proc: Process,
  server: number,
  port: number,
  query: Uint8Array,
  timeoutNs: number,
): Run<DnsOutcome> {
  const socket = new UdpSocket(proc.netns, proc);
  socket.pmtuDiscover = IP_PMTUDISC_DONT;
  try {
    const error = socket.connect(server, port) || socket.send(query);
    if (error !== 0) return { failure: failureText(error) };
    const deadlineNs = proc.nowNs + timeoutNs;
    for (;;) {
      const received = socket.takeError();
      if (received !== 0) return { failure: failureText(received) };
      const datagram = socket.receive();
      if (datagram !== null) {
        const reply = parseDnsMessage(datagram.data);
        if (reply !== null && reply.response && reply.id === get16(query, 0)) {
          return { reply, bytes: datagram.data.length };
        }
        continue;
      }
      const leftNs = deadlineNs - proc.nowNs;
      if (leftNs <= 0) return { failure: 'timed out' };
      yield* proc.wait(socket.readable, leftNs);
    }
  } finally {
    socket.close();
  }
}

/** The same over TCP, where each message has its length in front (RFC 1035 section 4.2.2). */
export function* askOverTcp(
  proc: Process,
  server: number,
  port: number,
  query: Uint8Array,
  timeoutNs: number,
): Run<DnsOutcome> {
  const deadlineNs = proc.nowNs + timeoutNs;
  try {
    const stream = new TcpStream(
      proc,
      yield* connectTcp(proc, server, port, { deadlineNs, prepare: limitSegments }),
    );
    stream.deadlineNs = deadlineNs;
    const framed = new Uint8Array(query.length + 2);
    put16(framed, 0, query.length);
    framed.set(query, 2);
    yield* stream.write(framed);
    const length = yield* stream.readExactly(2);
    const bytes = length.length < 2 ? length : yield* stream.readExactly(get16(length, 0));
    stream.close();
    const reply = length.length < 2 ? null : parseDnsMessage(bytes);
    return reply === null ? { failure: 'end of file' } : { reply, bytes: bytes.length };
  } catch (error) {
    if (error instanceof SocketTimeout) return { failure: 'timed out' };
    if (error instanceof SocketError) return { failure: failureText(error.errno) };
    throw error;
  }
}

/** isc_result_totext of a socket's error. */
function failureText(errno: number): string {
  return errno === ECONNREFUSED ? 'connection refused' : errnoMessage(errno).toLowerCase();
}

function limitSegments(socket: AnyTcpSocket): void {
  socket.maxSegmentBytes = MAX_SEGMENT_BYTES;
}
