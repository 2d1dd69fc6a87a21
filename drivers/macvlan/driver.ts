/** The macvlan driver (libnetwork drivers/macvlan/macvlan.go). It publishes no ports and makes no firewall rules. */
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
import { MacvlanEndpoint } from './endpoint.ts';
import { MacvlanNetwork } from './network.ts';
import { parseMacvlanOptions } from './options.ts';

export function createMacvlanDriver(context: DriverContext): MacvlanDriver {
  return new MacvlanDriver(context);
}

export class MacvlanDriver implements NetworkDriver {
  readonly type: string = 'macvlan';
  readonly scope = 'local';
  readonly usesIpam = true;
  private readonly context: DriverContext;
  private readonly networks = new Map<string, MacvlanNetwork>();

  constructor(context: DriverContext) {
    this.context = context;
  }

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

  deleteEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const { endpoints } = this.networkOf(info);
    endpoints.get(endpointInfo.id)?.remove();
    endpoints.delete(endpointInfo.id);
  }

  join(info: NetworkInfo, endpointInfo: EndpointInfo): JoinInfo {
    const network = this.networkOf(info);
    const endpoint = network.endpoints.get(endpointInfo.id)!;
    const { internal } = network.options;
    const gateway = internal ? null : externalGateway(info.ipam, endpointInfo.lease4);
    const gateway6 = internal ? null : externalGateway(info.ipam, endpointInfo.lease6);
    return {
      device: endpoint.createDevice(this.context),
      interfacePrefix: 'eth',
      gateway: typeof gateway === 'number' ? gateway : 0,
      gateway6: typeof gateway6 === 'number' ? null : gateway6,
      staticRoutes: [],
    };
  }

  leave(): void {}

  private networkOf(info: NetworkInfo): MacvlanNetwork {
    const network = this.networks.get(info.id);
    if (network === undefined) throw new Error(`macvlan: no network ${info.id}`);
    return network;
  }
}
