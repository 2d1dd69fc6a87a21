/** The ipvlan driver (libnetwork drivers/ipvlan/ipvlan.go). It publishes no ports and makes no firewall rules. */
import type {
  DriverContext,
  EndpointInfo,
  EndpointInterface,
  JoinInfo,
  NetworkDriver,
  NetworkInfo,
} from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import { externalGateway } from '../external-gateway.ts';
import { IpvlanEndpoint } from './endpoint.ts';
import { IpvlanNetwork } from './network.ts';
import { parseIpvlanOptions } from './options.ts';

export function createIpvlanDriver(context: DriverContext): IpvlanDriver {
  return new IpvlanDriver(context);
}

export class IpvlanDriver implements NetworkDriver {
  readonly type: string = 'ipvlan';
  readonly scope = 'local';
  readonly usesIpam = true;
  private readonly context: DriverContext;
  private readonly networks = new Map<string, IpvlanNetwork>();

  constructor(context: DriverContext) {
    this.context = context;
  }

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

  deleteEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const { endpoints } = this.networkOf(info);
    endpoints.get(endpointInfo.id)?.remove();
    endpoints.delete(endpointInfo.id);
  }

  /** In the modes of layer 3 the default route is the device itself; a gateway is not looked at. */
  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id)!;
    const { internal, mode } = network.options;
    const hasGateway = !internal && mode === 'l2';
    const gateway = hasGateway ? externalGateway(info.ipam, endpointInfo.lease4) : null;
    const gateway6 = hasGateway ? externalGateway(info.ipam, endpointInfo.lease6) : null;
    return {
      device: endpoint.createDevice(this.context),
      interfacePrefix: 'eth',
      gateway: typeof gateway === 'number' ? gateway : 0,
      gateway6: typeof gateway6 === 'number' ? null : gateway6,
      staticRoutes: [],
      defaultRouteOnDevice: !internal && mode !== 'l2',
      keepMac: true,
    };
  }

  leave(): void {}

  private networkOf(info: NetworkInfo): IpvlanNetwork {
    const network = this.networks.get(info.id);
    if (network === undefined) throw new Error(`ipvlan: no network ${info.id}`);
    return network;
  }
}
