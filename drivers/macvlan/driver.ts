/** The macvlan driver (libnetwork drivers/macvlan/macvlan.go). */
import type {
  DriverContext,
  EndpointInfo,
  EndpointInterface,
  JoinInfo,
  NetworkDriver,
  NetworkInfo,
} from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import { ParentDriver } from '../parent-driver.ts';
import { MacvlanEndpoint } from './endpoint.ts';
import { MacvlanNetwork } from './network.ts';
import { parseMacvlanOptions } from './options.ts';

export function createMacvlanDriver(context: DriverContext): MacvlanDriver {
  return new MacvlanDriver(context);
}

export class MacvlanDriver extends ParentDriver<MacvlanEndpoint, MacvlanNetwork> implements NetworkDriver {
  override readonly type: string = 'macvlan';

  /** From release 28 without a parent (moby#49261), from 29 always (moby#50929). */
  skipsGateway(info: NetworkInfo): boolean {
    const { release } = this.context;
    return isAtLeast(release, 29) || (isAtLeast(release, 28) && parseMacvlanOptions(info).hasDummyParent);
  }

  createNetwork(info: NetworkInfo): void {
    const network = new MacvlanNetwork(this.context, info, parseMacvlanOptions(info));
    const others = [...this.networks.values()];
    for (const other of others) network.checkConflict(other);
    network.ensureParent(others);
    this.networks.set(info.id, network);
  }

  deleteNetwork(info: NetworkInfo): void {
    const network = this.networkOf(info);
    this.networks.delete(info.id);
    network.remove([...this.networks.values()]);
  }

  createEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): EndpointInterface {
    const network = this.networkOf(info);
    const endpoint = new MacvlanEndpoint(this.context, network, endpointInfo);
    network.endpoints.set(endpointInfo.id, endpoint);
    return { mac: endpoint.mac };
  }

  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    return this.joinInfo(info, endpointInfo, !this.networkOf(info).options.internal);
  }
}
