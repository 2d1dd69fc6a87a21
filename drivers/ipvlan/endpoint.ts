/** A container's place on an ipvlan network. Its MAC is the parent's, so it has none of its own. */
import { DockerError } from '../docker-error.ts';
import type { EndpointInfo } from '../driver.ts';
import { ParentEndpoint } from '../parent-endpoint.ts';
import type { IpvlanNetwork } from './network.ts';

export class IpvlanEndpoint extends ParentEndpoint {
  private readonly network: IpvlanNetwork;

  constructor(network: IpvlanNetwork, info: EndpointInfo) {
    if (info.requestedMac !== null) {
      throw new DockerError('internal', 'ipvlan interfaces do not support custom mac address assignment');
    }
    super('ipvlan', info);
    this.network = network;
  }

  protected override parent(): string {
    return this.network.options.parent;
  }

  protected override linkOptions(): ReadonlyMap<string, string> {
    const { mode, flag } = this.network.options;
    return new Map([
      ['mode', mode],
      [flag, ''],
    ]);
  }
}
