/** What the host and the null driver share: one network, without addresses or interfaces (libnetwork drivers/host, drivers/null). */
import { DockerError } from './docker-error.ts';
import type { EndpointInterface, JoinInfo, NetworkDriver, NetworkInfo } from './driver.ts';

export abstract class SingleNetworkDriver implements NetworkDriver {
  readonly type: string;
  readonly scope = 'local';
  readonly usesIpam = false;
  private network: NetworkInfo | null = null;

  constructor(type: string) {
    this.type = type;
  }

  createNetwork(network: NetworkInfo): void {
    if (this.network !== null) {
      throw new DockerError('forbidden', `only one instance of "${this.type}" network is allowed`);
    }
    this.network = network;
  }

  deleteNetwork(): void {
    throw new DockerError('forbidden', `network of type "${this.type}" cannot be deleted`);
  }

  createEndpoint(): EndpointInterface {
    return { mac: null };
  }

  deleteEndpoint(): void {}

  join(): JoinInfo {
    return { device: null, interfacePrefix: '', gateway: 0, gateway6: null, staticRoutes: [] };
  }

  leave(): void {}
}
