import type { TcpConnection } from './tcp-connection.ts';
import type { TcpError } from './tcp-error.ts';
import { fail } from './tcp-close.ts';
import { seqBetween } from './sequence.ts';
import { TcpState } from './tcp-state.ts';

/**
 * An ICMP error about one of this connection's segments (tcp_v4_err, RFC 5461, RFC 5927). Any error ends a
 * handshake; later even hard ones are only remembered, and reported if the connection times out. Owners that
 * want the error at once (IP_RECVERR) are not modelled.
 */
export function icmpError(c: TcpConnection, error: TcpError, hard: boolean, quotedSequence: number): void {
  if (c.state === TcpState.CLOSED || c.state === TcpState.TIME_WAIT) return;
  // Whoever quotes a sequence number that is not out is guessing.
  if (!seqBetween(quotedSequence, c.sndUna, c.sndNxt)) return;
  if (c.state === TcpState.SYN_SENT || c.state === TcpState.SYN_RECEIVED) {
    c.environment.counters.AttemptFails += 1;
    fail(c, error);
    return;
  }
  if (hard || c.softError === null) c.softError = error;
}
