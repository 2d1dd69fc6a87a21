import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';

/**
 * How many containers live in a network namespace. It goes when the last has left: with `--network container:`,
 * the one that was joined may end first.
 */
export class NamespaceUsers {
  private readonly host: Host;
  private readonly users = new Map<NetNamespace, number>();

  constructor(host: Host) {
    this.host = host;
  }

  hold(netns: NetNamespace): void {
    this.users.set(netns, (this.users.get(netns) ?? 0) + 1);
  }

  release(netns: NetNamespace): void {
    const left = (this.users.get(netns) ?? 0) - 1;
    if (left > 0) {
      this.users.set(netns, left);
      return;
    }
    this.users.delete(netns);
    if (netns !== this.host.initNamespace && netns.alive) this.host.destroyNamespace(netns);
  }
}
