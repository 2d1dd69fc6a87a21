/** The host driver: containers live in the host's own namespace (libnetwork drivers/host/host.go). */
import { DockerError } from '../docker-error.ts';
import type {
  DriverContext,
  EndpointInterface,
  HostNamespaceDriver,
  JoinInfo,
  NetworkDriver,
  NetworkInfo,
} from '../driver.ts';
import { NO_INTERFACE, NO_JOIN } from '../none/driver.ts';

export function createHostDriver(_context: DriverContext): HostDriver {
  return new HostDriver();
}

export class HostDriver implements NetworkDriver, HostNamespaceDriver {
  readonly type: string = 'host';
  readonly scope = 'local';
  readonly usesIpam = false;
  readonly usesHostNamespace = true;
  private network: NetworkInfo | null = null;

  createNetwork(network: NetworkInfo): void {
    if (this.network !== null) {
      throw new DockerError('forbidden', 'only one instance of "host" network is allowed');
    }
    this.network = network;
  }

  deleteNetwork(): void {
    throw new DockerError('forbidden', 'network of type "host" cannot be deleted');
  }

  createEndpoint(): EndpointInterface {
    return NO_INTERFACE;
  }

  deleteEndpoint(): void {}

  join(): JoinInfo {
    return NO_JOIN;
  }

  leave(): void {}
}
