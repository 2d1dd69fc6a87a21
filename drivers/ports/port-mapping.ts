import type { Process } from '../../core/host/process.ts';

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** A port to publish, as asked for: `-p [hostIp:][hostPort[-end]:]containerPort[/proto]`. */
export interface PortBinding {
  readonly protocol: PortProtocol;
  readonly containerPort: number;
  /** '' for the daemon's default. */
  readonly hostIp: string;
  /** 0 for one of the daemon's choice. */
  readonly hostPort: number;
  /** The last port of a range to choose from; the same as hostPort for a single one. */
  readonly hostPortEnd: number;
}

/** A published port: what was allocated for one host address. */
export interface PortMapping {
  readonly protocol: PortProtocol;
  readonly containerPort: number;
  readonly containerIp: number;
  readonly hostIp: string;
  readonly hostPort: number;
  /** The docker-proxy that serves it, null without one. */
  proxy: Process | null;
  /** What reserves the port when there is no proxy. */
  reservation: { close(): void } | null;
}
