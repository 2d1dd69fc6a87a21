import type { NetNamespace } from '../../namespace/net-namespace.ts';

/** Address translation of one namespace. */
export class NatTable {
  readonly netns: NetNamespace;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }
}
