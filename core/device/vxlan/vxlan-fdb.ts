import { macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import { NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE } from '../../namespace/neighbour.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import type { Ipv4Route } from '../../namespace/ipv4-route.ts';
import { FdbTable } from '../bridge/fdb-table.ts';

/** One place that frames for a MAC are sent to (struct vxlan_rdst). */
export class VxlanRemote {
  address: number;
  /** 0 for the device's own. */
  port: number;
  /** −1 for the device's own. */
  vni: number;
  /** Device to send through, or ''. */
  lower: string;
  /** The route found last (dst_cache), good while the namespace's generation is `routeGeneration`. */
  route: Ipv4Route | null = null;
  routeGeneration = -1;
  source = 0;

  constructor(address: number, port: number, vni: number, lower: string) {
    this.address = address;
    this.port = port;
    this.vni = vni;
    this.lower = lower;
  }

  equals(other: VxlanRemote): boolean {
    return (
      this.address === other.address &&
      this.port === other.port &&
      this.vni === other.vni &&
      this.lower === other.lower
    );
  }
}

/** A forwarding entry (struct vxlan_fdb). */
export class VxlanFdbEntry {
  readonly macHigh: number;
  readonly macLow: number;
  /** NUD_PERMANENT and NUD_NOARP ("static") stay; NUD_REACHABLE was learned and ages. */
  state: number;
  readonly remotes: VxlanRemote[];
  usedNs: number;
  updatedNs: number;

  constructor(macHigh: number, macLow: number, state: number, remote: VxlanRemote, nowNs: number) {
    this.macHigh = macHigh;
    this.macLow = macLow;
    this.state = state;
    this.remotes = [remote];
    this.usedNs = nowNs;
    this.updatedNs = nowNs;
  }

  get isStatic(): boolean {
    return (this.state & (NUD_PERMANENT | NUD_NOARP)) !== 0;
  }

  /** The six bytes of the MAC. */
  get mac(): Uint8Array {
    const { macHigh: high, macLow: low } = this;
    return Uint8Array.of(high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low);
  }

  get isDefault(): boolean {
    return this.macHigh === 0 && this.macLow === 0;
  }
}

/** How `bridge fdb` changes an entry. */
export type FdbChange = 'add' | 'replace' | 'append';

/** The forwarding database of a VXLAN device. Ageing is looked at when an entry is used or listed. */
export class VxlanFdb {
  private readonly table = new FdbTable<VxlanFdbEntry>();
  private readonly ageingNs: number;
  private readonly maxEntries: number;

  constructor(ageingS: number, maxEntries: number) {
    this.ageingNs = ageingS * 1e9;
    this.maxEntries = maxEntries;
  }

  /** vxlan_find_mac: the entry, its last use noted; null when there is none or it has aged out. */
  find(macHigh: number, macLow: number, nowNs: number): VxlanFdbEntry | null {
    const entry = this.table.find(macHigh, macLow);
    if (entry === null) return null;
    if (this.isAged(entry, nowNs)) {
      this.table.remove(entry);
      return null;
    }
    entry.usedNs = nowNs;
    return entry;
  }

  /** vxlan_fdb_update for `bridge fdb add|replace|append`. Throws the kernel's complaint. */
  change(how: FdbChange, mac: Uint8Array, state: number, remote: VxlanRemote, nowNs: number): void {
    const existing = this.peek(mac, nowNs);
    if (existing === null) {
      this.insert(new VxlanFdbEntry(macHigh16(mac, 0), macLow32(mac, 0), state, remote, nowNs));
      return;
    }
    if (how === 'add') throw new NetlinkError('File exists');
    existing.state = state;
    existing.updatedNs = nowNs;
    if (how === 'replace') {
      if ((mac[0]! & 1) !== 0 || existing.isDefault) throw new NetlinkError('Operation not supported');
      existing.remotes.splice(0, existing.remotes.length, remote);
      return;
    }
    // A unicast MAC keeps its one remote, and nobody is told.
    if ((mac[0]! & 1) === 0 && !existing.isDefault) return;
    if (existing.remotes.some((other) => other.equals(remote))) return;
    existing.remotes.push(remote);
  }

  /** A MAC seen in a frame from `remote`; nothing when the table is full. */
  learn(macHigh: number, macLow: number, remote: VxlanRemote, nowNs: number): void {
    if (this.isFull) return;
    this.table.insert(new VxlanFdbEntry(macHigh, macLow, NUD_REACHABLE, remote, nowNs));
  }

  /** `bridge fdb del`: one remote, or with `remote` null the whole entry. False when it is not there. */
  remove(mac: Uint8Array, remote: VxlanRemote | null, nowNs: number): boolean {
    const entry = this.peek(mac, nowNs);
    if (entry === null) return false;
    if (remote !== null) {
      const index = entry.remotes.findIndex((other) => other.equals(remote));
      if (index < 0) return false;
      entry.remotes.splice(index, 1);
      if (entry.remotes.length > 0) return true;
    }
    this.table.remove(entry);
    return true;
  }

  /** vxlan_flush: forgets what was learned, as when the device goes down. */
  flushLearned(): void {
    for (const entry of this.table.list()) if (!entry.isStatic) this.table.remove(entry);
  }

  /** Every entry that holds, sorted by MAC. */
  list(nowNs: number): VxlanFdbEntry[] {
    return this.table.list().filter((entry) => !this.isAged(entry, nowNs));
  }

  private peek(mac: Uint8Array, nowNs: number): VxlanFdbEntry | null {
    const entry = this.table.find(macHigh16(mac, 0), macLow32(mac, 0));
    if (entry === null || !this.isAged(entry, nowNs)) return entry;
    this.table.remove(entry);
    return null;
  }

  private insert(entry: VxlanFdbEntry): void {
    if (this.isFull) throw new NetlinkError('No space left on device');
    this.table.insert(entry);
  }

  private get isFull(): boolean {
    return this.maxEntries !== 0 && this.table.size >= this.maxEntries;
  }

  /** vxlan_cleanup, which looks every ten seconds; here an entry is gone the moment its time is up. */
  private isAged(entry: VxlanFdbEntry, nowNs: number): boolean {
    return !entry.isStatic && this.ageingNs !== 0 && entry.usedNs + this.ageingNs <= nowNs;
  }
}
