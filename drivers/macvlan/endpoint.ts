/** A container's place on a macvlan network. */
import type { DriverContext, EndpointInfo } from '../driver.ts';
import { containerMac } from '../mac-address.ts';
import { ParentEndpoint } from '../parent-endpoint.ts';
import type { MacvlanNetwork } from './network.ts';

export class MacvlanEndpoint extends ParentEndpoint {
  readonly mac: Uint8Array;
  private readonly network: MacvlanNetwork;

  constructor(context: DriverContext, network: MacvlanNetwork, info: EndpointInfo) {
    super('macvlan', info);
    this.network = network;
    const address = info.lease4 === null ? null : (info.lease4.address as number);
    this.mac = info.requestedMac ?? containerMac(address, context.random('endpoint-macs'), context.release);
  }

  protected override parent(): string {
    return this.network.options.parent;
  }

  protected override linkOptions(): ReadonlyMap<string, string> {
    return new Map([['mode', this.network.options.mode]]);
  }
}
