import type { NetNamespace } from './net-namespace.ts';

/**
 * The numbers a namespace gives to others it has links into (netns_ids in net/core/net_namespace.c): the
 * lowest free one, kept until the other namespace is gone. `ip link` prints them as `link-netnsid`.
 */
export class PeerNamespaceIds {
  private readonly peers: (NetNamespace | null)[] = [];

  /** peernet2id_alloc: the number of a namespace, given now if it has none. */
  idOf(peer: NetNamespace): number {
    const known = this.peers.indexOf(peer);
    if (known >= 0) return known;
    const free = this.peers.findIndex((other) => other === null || !other.alive);
    const id = free >= 0 ? free : this.peers.length;
    this.peers[id] = peer;
    return id;
  }

  /** The number a namespace has, null when it has none. */
  find(peer: NetNamespace): number | null {
    const id = this.peers.indexOf(peer);
    return id >= 0 ? id : null;
  }
}
