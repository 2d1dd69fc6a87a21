import type { TcpConnection } from './tcp-connection.ts';
import { EVENT_CLOSED, EVENT_ERROR, EVENT_READABLE } from './tcp-connection.ts';
import type { TcpError } from './tcp-error.ts';
import { scheduleAck } from './tcp-delayed-ack.ts';
import { pushPending } from './tcp-output.ts';
import { PendingTimer } from './tcp-timers.ts';
import { sendAck, sendActiveReset } from './tcp-transmit.ts';
import { TcpState } from './tcp-state.ts';

/** Every way a connection ends. */

/** CLOSED: no timer, no memory but what the owner may still read. */
export function finish(c: TcpConnection): void {
  if (c.state === TcpState.CLOSED) return;
  c.state = TcpState.CLOSED;
  stopTimers(c);
  c.queue.release();
  c.sendRing.release();
  c.sendBase = c.writeSeq;
  c.sackedOut = 0;
  c.lostOut = 0;
  c.retransOut = 0;
  c.outOfOrder.clear();
  if (c.orphaned) c.receiveRing.release();
  c.notify(EVENT_CLOSED);
}

function stopTimers(c: TcpConnection): void {
  c.transmitTimer.cancel();
  c.pendingTimer = PendingTimer.NONE;
  c.ackTimer.cancel();
  c.ackPending = 0;
  c.cancelKeepalive();
  c.cancelCompressedAck();
}

export function fail(c: TcpConnection, error: TcpError): void {
  c.error = error;
  c.notify(EVENT_ERROR);
  finish(c);
}

/** A valid RST arrived (tcp_reset): what it means depends on the state. */
export function resetReceived(c: TcpConnection): void {
  if (c.state === TcpState.SYN_SENT) {
    c.environment.counters.AttemptFails += 1;
    fail(c, 'ECONNREFUSED');
    return;
  }
  c.environment.counters.EstabResets += 1;
  if (c.state === TcpState.TIME_WAIT) {
    finish(c);
    return;
  }
  fail(c, c.state === TcpState.CLOSE_WAIT ? 'EPIPE' : 'ECONNRESET');
}

/** Half-close: FIN after the last byte written (RFC 9293 section 3.6). */
export function shutdownSend(c: TcpConnection): void {
  if (c.finQueued) return;
  if (c.state === TcpState.ESTABLISHED || c.state === TcpState.SYN_RECEIVED) c.state = TcpState.FIN_WAIT_1;
  else if (c.state === TcpState.CLOSE_WAIT) c.state = TcpState.LAST_ACK;
  else return;
  c.finQueued = true;
  c.noSpace = false;
  pushPending(c);
}

/** close(2) by the owner (tcp_close). */
export function closeConnection(c: TcpConnection): void {
  if (c.orphaned) return;
  const unread = c.readableBytes > 0;
  c.orphaned = true;
  c.receiveShut = true;
  c.cancelKeepalive();
  c.copiedSeq = c.rcvDataEnd;
  c.receiveMemoryBytes = 0;
  c.receiveRing.release();
  if (c.state === TcpState.CLOSED) return;
  if (c.state === TcpState.SYN_SENT) return finish(c);
  if (c.state === TcpState.TIME_WAIT) {
    c.keepaliveTimer.arm(c.settings.timeWaitNs);
    return;
  }
  if (unread) {
    c.environment.counters.TCPAbortOnClose += 1;
    sendActiveReset(c);
    return finish(c);
  }
  if (c.lingerZero) {
    c.environment.counters.TCPAbortOnLinger += 1;
    sendActiveReset(c);
    return finish(c);
  }
  shutdownSend(c);
  if (c.state === TcpState.FIN_WAIT_2) orphanFinWait2(c);
}

/** RST now, unless the connection never got so far that the peer would know it. */
export function abortConnection(c: TcpConnection): void {
  c.orphaned = true;
  if (c.state === TcpState.CLOSED) return;
  const known = c.state !== TcpState.SYN_SENT && c.state !== TcpState.TIME_WAIT && !c.miniSocket;
  if (known) sendActiveReset(c);
  finish(c);
}

/** FIN arrived in order (tcp_fin). */
export function finReceived(c: TcpConnection): void {
  c.finReceived = true;
  c.finPending = false;
  scheduleAck(c);
  switch (c.state) {
    case TcpState.SYN_RECEIVED:
    case TcpState.ESTABLISHED:
      c.state = TcpState.CLOSE_WAIT;
      c.pingPong = true;
      break;
    case TcpState.FIN_WAIT_1:
      // Both closed at once (RFC 9293 section 3.6, case 3).
      sendAck(c);
      c.state = TcpState.CLOSING;
      break;
    case TcpState.FIN_WAIT_2:
      sendAck(c);
      enterTimeWait(c);
      break;
    default:
      break;
  }
  c.notify(EVENT_READABLE);
}

/** TIME-WAIT for a minute (TCP_TIMEWAIT_LEN); send memory goes, unread data stays for its reader. */
export function enterTimeWait(c: TcpConnection): void {
  c.state = TcpState.TIME_WAIT;
  stopTimers(c);
  c.queue.release();
  c.sendRing.release();
  c.sendBase = c.writeSeq;
  c.outOfOrder.clear();
  c.miniSocket = true;
  c.keepaliveTimer.arm(c.settings.timeWaitNs);
}

/** FIN-WAIT-2 without an owner lasts tcp_fin_timeout, as a timewait socket when that is short enough. */
export function orphanFinWait2(c: TcpConnection): void {
  stopTimers(c);
  c.miniSocket = c.settings.finTimeoutNs <= c.settings.timeWaitNs;
  c.keepaliveTimer.arm(c.settings.finTimeoutNs);
}
