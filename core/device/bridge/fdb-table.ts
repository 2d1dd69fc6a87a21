import type { BridgePort } from './bridge-port.ts';

/** A forwarding entry of a bridge (struct net_bridge_fdb_entry). */
export class FdbEntry {
  macHigh: number;
  macLow: number;
  /** The port the MAC is behind; null for the bridge itself. */
  port: BridgePort | null;
  /** The MAC is one of this machine's (a port's or the bridge's own). */
  isLocal: boolean;
  /** Set by hand: never learned over, never aged. */
  isStatic: boolean;
  updatedNs: number;
  constructor(
    macHigh: number,
    macLow: number,
    port: BridgePort | null,
    isLocal: boolean,
    isStatic: boolean,
    updatedNs: number,
  ) {
    this.macHigh = macHigh;
    this.macLow = macLow;
    this.port = port;
    this.isLocal = isLocal;
    this.isStatic = isStatic;
    this.updatedNs = updatedNs;
  }
}

/** What the table needs of an entry: its MAC in two halves. */
export interface MacEntry {
  readonly macHigh: number;
  readonly macLow: number;
}

/**
 * The forwarding database: open addressing on the MAC's two halves, so that neither look-up nor learning
 * allocates. Deleting rebuilds the cluster behind the hole, as linear probing needs. A VXLAN device keeps its own
 * entries in one.
 */
export class FdbTable<Entry extends MacEntry = FdbEntry> {
  size = 0;
  private slots: (Entry | null)[] = new Array<Entry | null>(64).fill(null);
  private mask = 63;

  find(macHigh: number, macLow: number): Entry | null {
    let slot = hash(macHigh, macLow) & this.mask;
    for (;;) {
      const entry = this.slots[slot]!;
      if (entry === null) return null;
      if (entry.macLow === macLow && entry.macHigh === macHigh) return entry;
      slot = (slot + 1) & this.mask;
    }
  }

  insert(entry: Entry): void {
    if ((this.size + 1) * 2 > this.mask + 1) this.grow();
    this.place(entry);
    this.size++;
  }

  remove(entry: Entry): void {
    let slot = hash(entry.macHigh, entry.macLow) & this.mask;
    while (this.slots[slot] !== entry) {
      if (this.slots[slot] === null) return;
      slot = (slot + 1) & this.mask;
    }
    this.slots[slot] = null;
    this.size--;
    for (let next = (slot + 1) & this.mask; this.slots[next] !== null; next = (next + 1) & this.mask) {
      const moved = this.slots[next]!;
      this.slots[next] = null;
      this.place(moved);
    }
  }

  /** All entries, sorted by MAC. */
  list(): Entry[] {
    const entries = this.slots.filter((entry): entry is Entry => entry !== null);
    return entries.sort((a, b) => a.macHigh - b.macHigh || a.macLow - b.macLow);
  }

  private place(entry: Entry): void {
    let slot = hash(entry.macHigh, entry.macLow) & this.mask;
    while (this.slots[slot] !== null) slot = (slot + 1) & this.mask;
    this.slots[slot] = entry;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Array<Entry | null>(old.length * 2).fill(null);
    this.mask = this.slots.length - 1;
    for (const entry of old) if (entry !== null) this.place(entry);
  }
}

function hash(macHigh: number, macLow: number): number {
  const mixed = Math.imul(macLow ^ (macHigh << 8), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
