/** The ipvlan driver (libnetwork drivers/ipvlan/ipvlan.go). */
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
import { IpvlanEndpoint } from './endpoint.ts';
import { IpvlanNetwork } from './network.ts';
import { parseIpvlanOptions } from './options.ts';

export function createIpvlanDriver(context: DriverContext): IpvlanDriver {
  return new IpvlanDriver(context);
}

export class IpvlanDriver extends ParentDriver<IpvlanEndpoint, IpvlanNetwork> implements NetworkDriver {
  override readonly type: string = 'ipvlan';

  /** From release 28 without a parent and in the modes of layer 3 (moby#49261), from 29 always (moby#50929). */
  skipsGateway(info: NetworkInfo): boolean {
    const { release } = this.context;
    if (isAtLeast(release, 29)) return true;
    const { mode, hasDummyParent } = parseIpvlanOptions(info, release);
    return isAtLeast(release, 28) && (hasDummyParent || mode !== 'l2');
  }

  createNetwork(info: NetworkInfo): void {
    const network = new IpvlanNetwork(this.context, info, parseIpvlanOptions(info, this.context.release));
    for (const other of this.networks.values()) network.checkConflict(other);
    network.ensureParent();
    this.networks.set(info.id, network);
  }

  deleteNetwork(info: NetworkInfo): void {
    const network = this.networkOf(info);
    this.networks.delete(info.id);
    network.remove();
  }

  createEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): EndpointInterface {
    const network = this.networkOf(info);
    network.endpoints.set(endpointInfo.id, new IpvlanEndpoint(network, endpointInfo));
    return { mac: null };
  }

  /** In the modes of layer 3 the default route is the device itself; a gateway is not looked at. */
  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    const { internal, mode } = this.networkOf(info).options;
    return {
      ...this.joinInfo(info, endpointInfo, !internal && mode === 'l2'),
      defaultRouteOnDevice: !internal && mode !== 'l2',
      keepMac: true,
    };
  }
}
