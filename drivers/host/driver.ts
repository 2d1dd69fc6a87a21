/** The host driver: containers live in the host's own namespace (libnetwork drivers/host/host.go). */
import type { DriverContext, HostNamespaceDriver } from '../driver.ts';
import { SingleNetworkDriver } from '../single-network-driver.ts';

export function createHostDriver(_context: DriverContext): HostDriver {
  return new HostDriver();
}

export class HostDriver extends SingleNetworkDriver implements HostNamespaceDriver {
  readonly usesHostNamespace = true;

  constructor() {
    super('host');
  }
}
