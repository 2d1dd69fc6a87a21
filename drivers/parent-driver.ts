/** What the macvlan and ipvlan drivers share: networks on a parent interface. They publish no ports and make no firewall rules. */
import type { DriverContext, EndpointInfo, JoinInfo, NetworkInfo } from './driver.ts';
import { externalGateway } from './external-gateway.ts';
import type { ParentEndpoint } from './parent-endpoint.ts';

export abstract class ParentDriver<
  Endpoint extends ParentEndpoint,
  Network extends { readonly endpoints: Map<string, Endpoint> },
> {
  abstract readonly type: string;
  readonly scope = 'local';
  readonly usesIpam = true;
  protected readonly context: DriverContext;
  protected readonly networks = new Map<string, Network>();

  constructor(context: DriverContext) {
    this.context = context;
  }

  deleteEndpoint(info: NetworkInfo, endpointInfo: EndpointInfo): void {
    const { endpoints } = this.networkOf(info);
    endpoints.get(endpointInfo.id)?.remove();
    endpoints.delete(endpointInfo.id);
  }

  leave(): void {}

  protected networkOf(info: NetworkInfo): Network {
    const network = this.networks.get(info.id);
    if (network === undefined) throw new Error(`${this.type}: no network ${info.id}`);
    return network;
  }

  /** A container gets its interface, and where the network has a way out the gateway of its subnet. */
  protected joinInfo(info: NetworkInfo, endpointInfo: EndpointInfo, hasGateway: boolean): JoinInfo {
    const gateway = hasGateway ? externalGateway(info.ipam, endpointInfo.lease4) : null;
    const gateway6 = hasGateway ? externalGateway(info.ipam, endpointInfo.lease6) : null;
    return {
      device: this.networkOf(info).endpoints.get(endpointInfo.id)!.createDevice(this.context),
      interfacePrefix: 'eth',
      gateway: typeof gateway === 'number' ? gateway : 0,
      gateway6: typeof gateway6 === 'number' ? null : gateway6,
      staticRoutes: [],
    };
  }
}
