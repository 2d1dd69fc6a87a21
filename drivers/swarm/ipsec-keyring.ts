/**
 * The keys of encrypted overlays (swarmkit manager/keymanager): three at a time, a new one every twelve hours. The
 * second youngest is the one to send with, so that every node has it before any uses it.
 */
import { Timer } from '../../core/sim/timer.ts';
import type { IpsecKey } from '../overlay/ipsec-key.ts';
import type { Cluster } from './cluster.ts';

const KEY_LENGTH = 16;
const RING_SIZE = 3;
export const KEY_ROTATION_NS = 12 * 3600 * 1e9;

export class IpsecKeyring {
  private readonly cluster: Cluster;
  private readonly timer: Timer;
  /** Oldest first. */
  private readonly ring: IpsecKey[] = [];
  private nextTag: number;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.nextTag = cluster.random('key-tags').below(65536);
    for (let i = 0; i < RING_SIZE; i++) this.ring.push(this.drawKey());
    this.timer = new Timer(cluster.sim, () => this.rotate(), true);
    this.timer.armAt(cluster.sim.nowNs + KEY_ROTATION_NS);
  }

  /** As nodes are given them: the one to send with first (libnetwork agent.go getKeys). */
  get keys(): IpsecKey[] {
    const [oldest, primary, ...rest] = this.ring;
    return [primary!, oldest!, ...rest];
  }

  /** The last node is gone. */
  stop(): void {
    this.timer.cancel();
  }

  private rotate(): void {
    const added = this.drawKey();
    const pruned = this.ring.shift()!;
    this.ring.push(added);
    const primary = this.ring[RING_SIZE - 2]!;
    for (const { node, status } of this.cluster.members.values()) {
      if (status === 'ready') node?.rotateKeys(added, primary.tag, pruned.tag);
    }
    this.timer.armAt(this.cluster.sim.nowNs + KEY_ROTATION_NS);
  }

  private drawKey(): IpsecKey {
    return { value: this.cluster.random('ipsec-keys').bytes(KEY_LENGTH), tag: this.nextTag++ };
  }
}
