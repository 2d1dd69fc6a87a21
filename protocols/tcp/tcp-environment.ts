import type { TcpConnection } from './tcp-connection.ts';
import type { TcpCounters } from './tcp-counters.ts';
import type { TcpError } from './tcp-error.ts';
import type { TcpListener } from './tcp-listener.ts';
import type { TcpRequest } from './tcp-request.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import type { TcpSegmentOut } from './tcp-segment-out.ts';
import type { TcpSettings } from './tcp-settings.ts';

/** A one-shot timer that can be armed again; core/sim's Timer fits. */
export interface TcpTimer {
  /** Arms for `delayNs` from now, replacing an earlier deadline. */
  arm(delayNs: number): void;
  cancel(): void;
  readonly armed: boolean;
}

/**
 * What the TCP machine needs from the world: one object per flow (address pair and ports), made by whoever binds
 * the machine to IP. No method is called with a closure or a string on the packet path.
 */
export interface TcpEnvironment {
  readonly settings: TcpSettings;
  /** The namespace's counters. */
  readonly counters: TcpCounters;
  nowNs(): number;
  createTimer(callback: () => void): TcpTimer;
  /**
   * Sends one segment. `segment` is scratch memory: it is valid during the call only. `segment.write()` puts the
   * header, options and payload (checksum zero) where the IP packet wants them.
   */
  transmit(segment: TcpSegmentOut): void;
  /** The path MTU towards the peer as the route cache knows it now, in bytes. */
  mtuBytes(): number;
  /** 20 for IPv4, 40 for IPv6. */
  readonly ipHeaderBytes: number;
  randomUint32(): number;
  /** The initial sequence number of this flow (RFC 6528: clock plus a keyed hash of the flow). */
  initialSequence(): number;
  /** What is added to the millisecond clock to make TSval (secure_tcp_ts_off: a keyed hash of the addresses). */
  timestampOffset(): number;
  /** The largest super-segment the device takes, in payload bytes; 0 cuts every segment here. */
  gsoMaxBytes(): number;
}

/** Where a connection tells its owner what happened. All are called from within receive() or a timer. */
export interface TcpConnectionEvents {
  /** The handshake is complete (a connect() may return). */
  onEstablished(connection: TcpConnection): void;
  /** New bytes to read, or the end of the stream (`connection.endOfStream`). */
  onReadable(connection: TcpConnection): void;
  /** Space in the send buffer again after write() took less than it was given. */
  onWritable(connection: TcpConnection): void;
  /** The connection failed: `connection.error` says why. onClosed follows. */
  onError(connection: TcpConnection, error: TcpError): void;
  /** State CLOSED, no timer armed, nothing will be sent any more: the flow can be forgotten. */
  onClosed(connection: TcpConnection): void;
}

/** Where a listener tells its owner what happened. */
export interface TcpListenerEvents {
  /** A SYN was answered: segments of this flow now go to `request.receive`. */
  onRequest(listener: TcpListener, request: TcpRequest): void;
  /** The request is gone without a connection (retries used up, reset, listener closed). */
  onRequestClosed(listener: TcpListener, request: TcpRequest): void;
  /**
   * The handshake is complete: segments of the request's flow now go to `connection`. Returns where the
   * connection's events go. accept() hands it out.
   */
  onConnection(listener: TcpListener, request: TcpRequest, connection: TcpConnection): TcpConnectionEvents;
  /** accept() will now give a connection. */
  onAcceptable(listener: TcpListener): void;
}

/** What a flow table holds: a connection or a request that is not yet one. */
export interface TcpEndpoint {
  readonly environment: TcpEnvironment;
  receive(segment: TcpSegmentIn): void;
  /** ICMP "fragmentation needed" or "packet too big" quoting `sequence`; the environment's MTU already changed. */
  onPathMtu(quotedSequence: number): void;
  /** Another ICMP error quoting `sequence`: `hard` as icmp_err_convert's fatal flag. */
  onIcmpError(error: TcpError, hard: boolean, quotedSequence: number): void;
}
