import type { TcpConnectionEvents, TcpEndpoint, TcpEnvironment } from './tcp-environment.ts';
import type { TcpError } from './tcp-error.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import type { TcpState } from './tcp-state.ts';

/** The interface of a connection; its machine follows. */
export declare class TcpConnection implements TcpEndpoint {
  constructor(environment: TcpEnvironment, events: TcpConnectionEvents);
  readonly environment: TcpEnvironment;
  readonly state: TcpState;
  readonly error: TcpError | null;
  readonly readableBytes: number;
  readonly writableBytes: number;
  readonly endOfStream: boolean;
  connect(): void;
  write(buf: Uint8Array, offset: number, length: number): number;
  read(target: Uint8Array, offset: number, length: number): number;
  discard(length: number): number;
  shutdown(): void;
  close(): void;
  abort(): void;
  receive(segment: TcpSegmentIn): void;
  onPathMtu(quotedSequence: number): void;
  onIcmpError(error: TcpError, hard: boolean, quotedSequence: number): void;
}
