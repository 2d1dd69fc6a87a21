import type { AddressPolicy, JoinInfo, NetworkDriver } from '../driver.ts';
import type { Endpoint } from '../engine/endpoint.ts';
import type { Network } from '../engine/network.ts';

/** The null driver, behind the network `none`: a namespace with loopback alone. */
export class NoneDriver implements NetworkDriver, AddressPolicy {
  readonly name = 'null';
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
