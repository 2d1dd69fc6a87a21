import type { AddressPolicy, JoinInfo, NetworkDriver } from '../driver.ts';
import type { Endpoint } from '../engine/endpoint.ts';
import type { Network } from '../engine/network.ts';

/** The host driver: containers use the machine's own namespace, so there is nothing to make. */
export class HostDriver implements NetworkDriver, AddressPolicy {
  readonly name = 'host';
  readonly scope = 'local' as const;
  readonly noAddresses = true;

  createNetwork(_network: Network): void {}
  deleteNetwork(_network: Network): void {}
  createEndpoint(_network: Network, _endpoint: Endpoint): void {}
  join(_network: Network, _endpoint: Endpoint): JoinInfo {
    return { device: null, interfacePrefix: 'eth', gateway: null };
  }
  leave(_network: Network, _endpoint: Endpoint): void {}
  deleteEndpoint(_network: Network, _endpoint: Endpoint): void {}
}
