import type { NetNamespace } from '../../namespace/net-namespace.ts';

/** The connections of one namespace. */
export class ConntrackTable {
  readonly netns: NetNamespace;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }
}
