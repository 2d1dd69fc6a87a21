import type { IpAddress } from '../../protocols/ip-address.ts';
import type { PortHolder } from './port-holder.ts';
import type { PortProtocol } from './port-request.ts';

/** A published port as it was made. */
export interface PortMapping {
  readonly protocol: PortProtocol;
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly containerIp: IpAddress;
  readonly containerPort: number;
  /** What keeps the port on the host: a docker-proxy, or a socket of the daemon. */
  readonly holder: PortHolder;
}
