import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { ConntrackEntry } from './entry.ts';
import { HZ, jiffiesOf } from './jiffies.ts';
import { ConntrackSettings } from './settings.ts';
import { ConntrackStatistics } from './statistics.ts';
import { IPS_ASSURED, IPS_CONFIRMED, IPS_DYING } from './status.ts';
import { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from './tuple.ts';

const INITIAL_BUCKETS = 256;
/** Buckets that an insertion sweeps for what has expired. */
const SWEEP_BUCKETS = 4;
/** Buckets searched for something to drop when the table is full (NF_CT_EVICTION_RANGE). */
const EVICTION_RANGE = 8;

/** The kinds of events that `conntrack -E` shows. */
export const CT_EVENT = { NEW: 0, UPDATE: 1, DESTROY: 2 } as const;

/** Hears of entries that come, change and go. */
export interface ConntrackListener {
  conntrackEvent(kind: number, entry: ConntrackEntry): void;
}

/**
 * The connections of one namespace: two chained hash tables, by original and by reply tuple. The kernel keeps both
 * kinds in one table; two save a node for each.
 *
 * Nothing is timed: an entry that has expired goes when a look-up meets it, when an insertion sweeps past it, or
 * when the table is listed. Not modelled: connection labels, accounting, helpers and expectations.
 */
export class ConntrackTable {
  readonly netns: NetNamespace;
  readonly settings = new ConntrackSettings();
  readonly statistics = new ConntrackStatistics();
  readonly listeners: ConntrackListener[] = [];
  /** The families (AF_INET, AF_INET6) whose packets are tracked. */
  readonly trackedFamilies = new Set<number>();
  /** Told when an entry leaves the table: the NAT forgets it. */
  onRemove: ((entry: ConntrackEntry) => void) | null = null;
  /** Told when an entry enters it. */
  onInsert: ((entry: ConntrackEntry) => void) | null = null;
  /** Set by trackers when listeners should hear of the packet's entry. */
  changed = false;
  /** Entries in the table, expired ones among them. */
  count = 0;
  /** Direction of the tuple that the last `find` found. */
  foundDirection = IP_CT_DIR_ORIGINAL;
  private original: (ConntrackEntry | null)[] = newBuckets(INITIAL_BUCKETS);
  private reply: (ConntrackEntry | null)[] = newBuckets(INITIAL_BUCKETS);
  private mask = INITIAL_BUCKETS - 1;
  private sweepAt = 0;
  private readonly scratch = new Tuple();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Now, in jiffies. */
  get now(): number {
    return jiffiesOf(this.netns.host.sim.nowNs);
  }

  get buckets(): number {
    return this.mask + 1;
  }

  /** The entry that has `tuple` in either direction, told by `foundDirection`; null when there is none. */
  find(tuple: Tuple): ConntrackEntry | null {
    const hash = tuple.hash();
    const asOriginal = this.findOriginal(tuple, hash);
    if (asOriginal !== null) {
      this.foundDirection = IP_CT_DIR_ORIGINAL;
      return asOriginal;
    }
    this.foundDirection = IP_CT_DIR_REPLY;
    return this.findReply(tuple, hash);
  }

  /**
   * nf_conntrack_tuple_taken: whether another connection than `except` has `tuple`. One with the same original
   * tuple does not count: it is the same flow.
   */
  isTaken(tuple: Tuple, except: ConntrackEntry): boolean {
    const found = this.find(tuple);
    if (found === null || found === except) return false;
    except.readTuple(IP_CT_DIR_ORIGINAL, this.scratch);
    return !found.matches(IP_CT_DIR_ORIGINAL, this.scratch);
  }

  /**
   * Puts an entry with both its tuples in the table (nf_conntrack_hash_insert); `expires` was its timeout and becomes
   * a time. The caller has made sure that neither tuple is there.
   */
  insert(entry: ConntrackEntry): void {
    entry.readTuple(IP_CT_DIR_ORIGINAL, this.scratch);
    entry.origHash = this.scratch.hash();
    const bucket = entry.origHash & this.mask;
    entry.nextOrig = this.original[bucket]!;
    this.original[bucket] = entry;
    this.insertReply(entry);
  }

  /**
   * Puts an entry in the table by its reply tuple alone: another connection has the original tuple
   * (nf_ct_resolve_clash_harder).
   */
  insertReplyOnly(entry: ConntrackEntry): void {
    this.insertReply(entry);
  }

  /** Takes an entry out (nf_ct_delete). Packets that hold it may go on. False when it was out already. */
  remove(entry: ConntrackEntry): boolean {
    if (!entry.isConfirmed || entry.isDying) {
      entry.status |= IPS_DYING;
      return false;
    }
    entry.status |= IPS_DYING;
    this.unlink(entry);
    this.count--;
    this.onRemove?.(entry);
    if (this.listeners.length > 0) this.notify(CT_EVENT.DESTROY, entry);
    return true;
  }

  /** early_drop: room for one more, taken from connections that are not assured, near `hash`. */
  earlyDrop(hash: number): boolean {
    let dropped = false;
    for (let i = 0; i < EVICTION_RANGE && !dropped; i++) {
      let entry = this.original[(hash + i) & this.mask]!;
      while (entry !== null) {
        const next = entry.nextOrig;
        if (this.isExpired(entry) || (entry.status & IPS_ASSURED) === 0) {
          this.remove(entry);
          this.statistics.earlyDrop++;
          dropped = true;
        }
        entry = next!;
      }
    }
    return dropped;
  }

  /** __nf_ct_refresh_acct: puts the end of an entry off. */
  refresh(entry: ConntrackEntry, timeoutS: number): void {
    const jiffies = Math.floor(timeoutS * HZ);
    entry.expires = entry.isConfirmed ? this.now + jiffies : jiffies;
  }

  /** Seconds an entry has left, as listings print it. */
  secondsLeft(entry: ConntrackEntry): number {
    return Math.max(0, Math.floor((entry.expires - this.now) / HZ));
  }

  isExpired(entry: ConntrackEntry): boolean {
    return entry.expires <= this.now;
  }

  /** Calls `visit` with every live entry. The table must not be changed meanwhile. */
  forEach(visit: (entry: ConntrackEntry) => void): void {
    const now = this.now;
    for (const head of this.reply) {
      for (let entry = head; entry !== null; entry = entry.nextReply) if (entry.expires > now) visit(entry);
    }
  }

  /** Removes all that `doomed` picks (nf_ct_iterate_cleanup_net); returns how many. */
  removeWhere(doomed: (entry: ConntrackEntry) => boolean): number {
    const found: ConntrackEntry[] = [];
    this.forEach((entry) => {
      if (doomed(entry)) found.push(entry);
    });
    for (const entry of found) this.remove(entry);
    return found.length;
  }

  /** Live entries: what nf_conntrack_count would say once what has expired is gone. */
  liveCount(): number {
    let live = 0;
    this.forEach(() => live++);
    return live;
  }

  notify(kind: number, entry: ConntrackEntry): void {
    for (const listener of this.listeners.slice()) listener.conntrackEvent(kind, entry);
  }

  private findOriginal(tuple: Tuple, hash: number): ConntrackEntry | null {
    let entry = this.original[hash & this.mask]!;
    while (entry !== null) {
      const next = entry.nextOrig;
      if (entry.origHash === hash && entry.matches(IP_CT_DIR_ORIGINAL, tuple)) {
        if (entry.expires > this.now) return entry;
        this.remove(entry);
      }
      entry = next!;
    }
    return null;
  }

  private findReply(tuple: Tuple, hash: number): ConntrackEntry | null {
    let entry = this.reply[hash & this.mask]!;
    while (entry !== null) {
      const next = entry.nextReply;
      if (entry.replyHash === hash && entry.matches(IP_CT_DIR_REPLY, tuple)) {
        if (entry.expires > this.now) return entry;
        this.remove(entry);
      }
      entry = next!;
    }
    return null;
  }

  private insertReply(entry: ConntrackEntry): void {
    entry.readTuple(IP_CT_DIR_REPLY, this.scratch);
    entry.replyHash = this.scratch.hash();
    const bucket = entry.replyHash & this.mask;
    entry.nextReply = this.reply[bucket]!;
    this.reply[bucket] = entry;
    entry.expires += this.now;
    entry.status |= IPS_CONFIRMED;
    this.count++;
    this.statistics.insert++;
    this.onInsert?.(entry);
    if (this.count > this.mask) this.grow();
    this.sweep();
    if (this.listeners.length > 0) this.notify(CT_EVENT.NEW, entry);
  }

  private unlink(entry: ConntrackEntry): void {
    const originalAt = entry.origHash & this.mask;
    let other = this.original[originalAt]!;
    if (other === entry) this.original[originalAt] = entry.nextOrig;
    else {
      while (other !== null && other.nextOrig !== entry) other = other.nextOrig!;
      if (other !== null) other.nextOrig = entry.nextOrig;
    }
    const replyAt = entry.replyHash & this.mask;
    other = this.reply[replyAt]!;
    if (other === entry) this.reply[replyAt] = entry.nextReply;
    else {
      while (other.nextReply !== entry) other = other.nextReply!;
      other.nextReply = entry.nextReply;
    }
    entry.nextOrig = null;
    entry.nextReply = null;
  }

  /** Removes what has expired from the next few buckets (the kernel's gc_worker). */
  private sweep(): void {
    const now = this.now;
    for (let i = 0; i < SWEEP_BUCKETS; i++) {
      this.sweepAt = (this.sweepAt + 1) & this.mask;
      let entry = this.reply[this.sweepAt]!;
      while (entry !== null) {
        const next = entry.nextReply;
        if (entry.expires <= now) this.remove(entry);
        entry = next!;
      }
    }
  }

  /** Doubles the buckets. The kernel sizes its table once, by the machine's memory. */
  private grow(): void {
    const oldOriginal = this.original;
    const oldReply = this.reply;
    const size = oldReply.length * 2;
    this.original = newBuckets(size);
    this.reply = newBuckets(size);
    this.mask = size - 1;
    for (let head of oldOriginal) {
      while (head !== null) {
        const next: ConntrackEntry | null = head.nextOrig;
        const bucket = head.origHash & this.mask;
        head.nextOrig = this.original[bucket]!;
        this.original[bucket] = head;
        head = next;
      }
    }
    for (let head of oldReply) {
      while (head !== null) {
        const next: ConntrackEntry | null = head.nextReply;
        const bucket = head.replyHash & this.mask;
        head.nextReply = this.reply[bucket]!;
        this.reply[bucket] = head;
        head = next;
      }
    }
  }
}

function newBuckets(size: number): (ConntrackEntry | null)[] {
  return new Array<ConntrackEntry | null>(size).fill(null);
}
