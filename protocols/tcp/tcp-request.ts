import type { TcpEndpoint, TcpEnvironment } from './tcp-environment.ts';
import type { TcpError } from './tcp-error.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';

/** The interface of a request socket; its machine follows. */
export declare class TcpRequest implements TcpEndpoint {
  readonly environment: TcpEnvironment;
  receive(segment: TcpSegmentIn): void;
  onPathMtu(quotedSequence: number): void;
  onIcmpError(error: TcpError, hard: boolean, quotedSequence: number): void;
}
