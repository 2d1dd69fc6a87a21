import type { Run } from '../line-input.ts';
import { get32, put32 } from '../../protocols/bytes.ts';
import { decode, encode, type TcpStream } from '../sockets-io/tcp-stream.ts';
import type { TestParameters } from './settings.ts';

/** The one-byte messages of the control connection (src/iperf_api.h). */
export const STATE = {
  TEST_START: 1,
  TEST_RUNNING: 2,
  TEST_END: 4,
  PARAM_EXCHANGE: 9,
  CREATE_STREAMS: 10,
  SERVER_TERMINATE: 11,
  CLIENT_TERMINATE: 12,
  EXCHANGE_RESULTS: 13,
  DISPLAY_RESULTS: 14,
  IPERF_DONE: 16,
  ACCESS_DENIED: 0xff,
} as const;

/** 36 characters and a NUL name a test. */
export const COOKIE_BYTES = 37;

/** What ends a test: the words after `iperf3: error - `. */
export class IperfFailure extends Error {}

export function* sendState(stream: TcpStream, state: number): Run<void> {
  yield* stream.write(Uint8Array.of(state));
}

export function* readState(stream: TcpStream): Run<number> {
  const byte = yield* stream.readExactly(1);
  if (byte.length === 0) throw new IperfFailure('control socket has closed unexpectedly');
  return byte[0]!;
}

/** Reads the next state, which has to be `wanted`. */
export function* expectState(stream: TcpStream, wanted: number): Run<void> {
  const state = yield* readState(stream);
  if (state === wanted) return;
  if (state === STATE.ACCESS_DENIED) {
    throw new IperfFailure('the server is busy running a test. try again later');
  }
  if (state === STATE.SERVER_TERMINATE) throw new IperfFailure('the server has terminated');
  if (state === STATE.CLIENT_TERMINATE) throw new IperfFailure('the client has terminated');
  throw new IperfFailure('received an unknown control message');
}

/** A JSON text with its length in four bytes before it. */
export function* sendJson(stream: TcpStream, value: unknown): Run<void> {
  const text = encode(JSON.stringify(value));
  const message = new Uint8Array(4 + text.length);
  put32(message, 0, text.length);
  message.set(text, 4);
  yield* stream.write(message);
}

export function* readJson<T>(stream: TcpStream): Run<T> {
  const head = yield* stream.readExactly(4);
  if (head.length < 4) throw new IperfFailure('control socket has closed unexpectedly');
  return JSON.parse(decode(yield* stream.readExactly(get32(head, 0)))) as T;
}

/** The parameters as the client sends them. */
export interface WireParameters {
  tcp?: boolean;
  udp?: boolean;
  omit: number;
  time: number;
  num: number;
  blockcount: number;
  parallel: number;
  reverse?: boolean;
  window?: number;
  nodelay?: boolean;
  len: number;
  bandwidth?: number;
  pacing_timer: number;
  client_version: string;
}

export function toWire(test: TestParameters): WireParameters {
  return {
    ...(test.udp ? { udp: true } : { tcp: true }),
    omit: 0,
    time: test.bytes > 0 ? 0 : test.seconds,
    num: test.bytes,
    blockcount: 0,
    parallel: test.streams,
    ...(test.reverse ? { reverse: true } : {}),
    ...(test.windowBytes > 0 ? { window: test.windowBytes } : {}),
    ...(test.noDelay ? { nodelay: true } : {}),
    len: test.blockBytes,
    ...(test.rateBps > 0 ? { bandwidth: test.rateBps } : {}),
    pacing_timer: 1000,
    client_version: '3.12',
  };
}

export function fromWire(wire: WireParameters): TestParameters {
  return {
    udp: wire.udp === true,
    seconds: wire.time,
    bytes: wire.num,
    streams: wire.parallel,
    reverse: wire.reverse === true,
    blockBytes: wire.len,
    rateBps: wire.bandwidth ?? 0,
    windowBytes: wire.window ?? 0,
    noDelay: wire.nodelay === true,
  };
}

/** What one end measured of a stream, as sent to the other. */
export interface StreamResult {
  id: number;
  bytes: number;
  retransmits: number;
  jitter: number;
  errors: number;
  packets: number;
  start_time: number;
  end_time: number;
}

export interface Results {
  cpu_util_total: number;
  cpu_util_user: number;
  cpu_util_system: number;
  sender_has_retransmits: number;
  streams: StreamResult[];
}
