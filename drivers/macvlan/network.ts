/** A macvlan network: a parent interface and the endpoints on it. */
import { DockerError } from '../docker-error.ts';
import type { DriverContext, NetworkInfo } from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import { createParent } from '../parent-link.ts';
import type { MacvlanEndpoint } from './endpoint.ts';
import type { MacvlanOptions } from './options.ts';

export class MacvlanNetwork {
  readonly info: NetworkInfo;
  readonly options: MacvlanOptions;
  readonly endpoints = new Map<string, MacvlanEndpoint>();
  /** Docker made the parent, so it goes with the last network that uses it. */
  createdParent = false;
  private readonly context: DriverContext;

  constructor(context: DriverContext, info: NetworkInfo, options: MacvlanOptions) {
    this.context = context;
    this.info = info;
    this.options = options;
  }

  /** Up to release 26 a parent serves one network; later several, but for passthru mode. */
  checkConflict(other: MacvlanNetwork): void {
    const { parent, mode } = this.options;
    if (other.options.parent !== parent) return;
    if (!isAtLeast(this.context.release, 27)) {
      throw new DockerError(
        'internal',
        `network ${other.options.dummyName} is already using parent interface ${parent}`,
      );
    }
    if (mode === 'passthru') {
      throw new DockerError(
        'internal',
        `cannot use mode passthru, macvlan network ${other.info.id} is already using parent interface ${parent}`,
      );
    }
    if (other.options.mode === 'passthru') {
      throw new DockerError(
        'internal',
        `macvlan network ${other.info.id} is already using parent interface ${parent} in mode passthru`,
      );
    }
  }

  /** Makes the parent when it is not there. `others` are the networks that may share it. */
  ensureParent(others: readonly MacvlanNetwork[]): void {
    const { parent, dummyName } = this.options;
    const netns = this.context.host.initNamespace;
    if (netns.device(parent) === undefined) {
      createParent(netns, parent, dummyName, 'macvlan');
      this.createdParent = true;
      return;
    }
    this.createdParent = others.some((other) => other.options.parent === parent && other.createdParent);
  }

  /** Takes away what is left of the network. */
  remove(others: readonly MacvlanNetwork[]): void {
    for (const endpoint of this.endpoints.values()) endpoint.remove();
    const { parent } = this.options;
    if (!this.createdParent || others.some((other) => other.options.parent === parent)) return;
    const netns = this.context.host.initNamespace;
    const dev = netns.device(parent);
    if (dev !== undefined) netns.destroyDevice(dev);
  }
}
