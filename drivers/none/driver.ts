/** The null driver: a namespace with nothing but loopback (libnetwork drivers/null/null.go). */
import { DockerError } from '../docker-error.ts';
import type { DriverContext, EndpointInterface, JoinInfo, NetworkDriver, NetworkInfo } from '../driver.ts';

/** An endpoint without an interface. */
export const NO_INTERFACE: EndpointInterface = { mac: null };

export const NO_JOIN: JoinInfo = {
  device: null,
  interfacePrefix: '',
  gateway: 0,
  gateway6: null,
  staticRoutes: [],
};

export function createNoneDriver(_context: DriverContext): NoneDriver {
  return new NoneDriver();
}

export class NoneDriver implements NetworkDriver {
  readonly type: string = 'null';
  readonly scope = 'local';
  readonly usesIpam = false;
  private network: NetworkInfo | null = null;

  createNetwork(network: NetworkInfo): void {
    if (this.network !== null) {
      throw new DockerError('forbidden', 'only one instance of "null" network is allowed');
    }
    this.network = network;
  }

  deleteNetwork(): void {
    throw new DockerError('forbidden', 'network of type "null" cannot be deleted');
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
