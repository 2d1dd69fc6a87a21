/** An ipvlan network: a parent interface, which no other ipvlan network may use, and the endpoints on it. */
import { DockerError } from '../docker-error.ts';
import type { DriverContext, NetworkInfo } from '../driver.ts';
import { createParent } from '../parent-link.ts';
import type { IpvlanEndpoint } from './endpoint.ts';
import type { IpvlanOptions } from './options.ts';

export class IpvlanNetwork {
  readonly info: NetworkInfo;
  readonly options: IpvlanOptions;
  readonly endpoints = new Map<string, IpvlanEndpoint>();
  private readonly context: DriverContext;
  /** Docker made the parent, so it goes with the network. */
  private createdParent = false;

  constructor(context: DriverContext, info: NetworkInfo, options: IpvlanOptions) {
    this.context = context;
    this.info = info;
    this.options = options;
  }

  checkConflict(other: IpvlanNetwork): void {
    const { parent } = this.options;
    if (other.options.parent !== parent) return;
    throw new DockerError(
      'internal',
      `network ${other.options.dummyName} is already using parent interface ${parent}`,
    );
  }

  /** Makes the parent when it is not there. */
  ensureParent(): void {
    const { parent, dummyName } = this.options;
    const netns = this.context.host.initNamespace;
    if (netns.device(parent) !== undefined) return;
    createParent(netns, parent, dummyName, 'ipvlan');
    this.createdParent = true;
  }

  /** Takes away what is left of the network. */
  remove(): void {
    for (const endpoint of this.endpoints.values()) endpoint.remove();
    if (!this.createdParent) return;
    const netns = this.context.host.initNamespace;
    const dev = netns.device(this.options.parent);
    if (dev !== undefined) netns.destroyDevice(dev);
  }
}
