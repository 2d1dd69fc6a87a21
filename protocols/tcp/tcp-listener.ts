import type { TcpConnection } from './tcp-connection.ts';
import type { TcpEnvironment, TcpListenerEvents } from './tcp-environment.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import type { TcpSettings } from './tcp-settings.ts';

/** The interface of a listener; its machine follows. */
export declare class TcpListener {
  constructor(settings: TcpSettings, backlog: number, events: TcpListenerEvents);
  receive(segment: TcpSegmentIn, environment: TcpEnvironment): void;
  accept(): TcpConnection | null;
  close(): void;
}
