import { finish, mix } from '../netfilter/conntrack/tuple.ts';
import { ExpiryList } from './expiry-list.ts';
import { CONN_GONE, CONN_TEMPLATE, type IpvsConnection } from './ipvs-connection.ts';
import { FORWARD_MASQ } from './ipvs-destination.ts';

const INITIAL_BUCKETS = 256;
const NEVER = 0x3fffffff;

/** Told when a connection has left the table. */
export interface ConnectionListener {
  connectionGone(connection: IpvsConnection): void;
  /** Whether an expired connection stays for longer: the jiffies, 0 for no. */
  postpones(connection: IpvsConnection): number;
}

/**
 * The connections of one namespace, chained by protocol and client (ip_vs_conn.c: packets of both directions have the
 * client in them, so one chain serves for both).
 *
 * No timer runs: whoever comes next calls `expire` first, which removes exactly what timers would have.
 */
export class ConnectionTable {
  count = 0;
  private readonly listener: ConnectionListener;
  private buckets: (IpvsConnection | null)[] = new Array<IpvsConnection | null>(INITIAL_BUCKETS).fill(null);
  private mask = INITIAL_BUCKETS - 1;
  /** One list a timeout, in the order in which timeouts were first used. */
  private readonly lists = new Map<number, ExpiryList>();
  private readonly listOrder: ExpiryList[] = [];
  /** Nothing expires before, in jiffies. */
  private nextExpiry = NEVER;

  constructor(listener: ConnectionListener) {
    this.listener = listener;
  }

  /** ip_vs_conn_in_get: the connection of a packet from a client to a virtual address. */
  findRequest(
    protocol: number,
    client: number,
    clientPort: number,
    virtual: number,
    virtualPort: number,
  ): IpvsConnection | null {
    const ports = (clientPort << 16) | virtualPort;
    let connection: IpvsConnection | null =
      this.buckets[hashOf(protocol, client | 0, clientPort) & this.mask]!;
    for (; connection !== null; connection = connection.next) {
      if (
        connection.ports === ports &&
        connection.client === (client | 0) &&
        connection.virtual === (virtual | 0) &&
        connection.protocol === protocol &&
        (connection.flags & CONN_TEMPLATE) === 0
      ) {
        return connection;
      }
    }
    return null;
  }

  /**
   * ip_vs_conn_out_get: the connection of a packet from a real server to a client. Where the server answers as the
   * virtual address (direct routing, tunnels) that is what it is known by.
   */
  findReply(
    protocol: number,
    client: number,
    clientPort: number,
    real: number,
    realPort: number,
  ): IpvsConnection | null {
    let connection: IpvsConnection | null =
      this.buckets[hashOf(protocol, client | 0, clientPort) & this.mask]!;
    for (; connection !== null; connection = connection.next) {
      if (
        connection.client !== (client | 0) ||
        connection.protocol !== protocol ||
        connection.ports >>> 16 !== clientPort ||
        (connection.flags & CONN_TEMPLATE) !== 0
      ) {
        continue;
      }
      const isMasqueraded = connection.forwarding === FORWARD_MASQ;
      const source = isMasqueraded ? connection.real : connection.virtual;
      const port = isMasqueraded ? connection.realPort : connection.ports & 0xffff;
      if (source === (real | 0) && port === realPort) return connection;
    }
    return null;
  }

  /** ip_vs_ct_in_get: the template of a client (its address masked). */
  findTemplate(
    protocol: number,
    client: number,
    virtual: number,
    virtualPort: number,
  ): IpvsConnection | null {
    let connection: IpvsConnection | null = this.buckets[hashOf(protocol, client | 0, 0) & this.mask]!;
    for (; connection !== null; connection = connection.next) {
      if (
        (connection.flags & CONN_TEMPLATE) !== 0 &&
        connection.ports === virtualPort &&
        connection.client === (client | 0) &&
        connection.virtual === (virtual | 0) &&
        connection.protocol === protocol
      ) {
        return connection;
      }
    }
    return null;
  }

  /** Puts a connection in the table, to expire after `timeout` jiffies. */
  insert(connection: IpvsConnection, now: number, timeout: number): void {
    const bucket = hashOf(connection.protocol, connection.client, connection.ports >>> 16) & this.mask;
    connection.next = this.buckets[bucket]!;
    this.buckets[bucket] = connection;
    this.count++;
    this.touch(connection, now, timeout);
    if (this.count > this.mask) this.grow();
  }

  /** Starts the connection's timeout again (ip_vs_conn_put). */
  touch(connection: IpvsConnection, now: number, timeout: number): void {
    const expires = now + timeout;
    if (connection.expires === expires && connection.list?.timeout === timeout) return;
    connection.list?.remove(connection);
    connection.expires = expires;
    this.listOf(timeout).append(connection);
    if (expires < this.nextExpiry) this.nextExpiry = expires;
  }

  /** Takes a connection out. */
  remove(connection: IpvsConnection): void {
    if ((connection.flags & CONN_GONE) !== 0) return;
    connection.flags |= CONN_GONE;
    const bucket = hashOf(connection.protocol, connection.client, connection.ports >>> 16) & this.mask;
    let other = this.buckets[bucket]!;
    if (other === connection) this.buckets[bucket] = connection.next;
    else {
      while (other.next !== connection) other = other.next!;
      other.next = connection.next;
    }
    connection.next = null;
    connection.list?.remove(connection);
    this.count--;
    this.listener.connectionGone(connection);
  }

  /** Removes what has expired by `now`. Costs one comparison when nothing has. */
  expire(now: number): void {
    if (now < this.nextExpiry) return;
    for (const list of this.listOrder) {
      for (let head = list.oldest; head !== null && head.expires <= now; head = list.oldest) {
        const postponed = this.listener.postpones(head);
        if (postponed > 0) this.touch(head, now, postponed);
        else this.remove(head);
      }
    }
    this.nextExpiry = NEVER;
    for (const { oldest } of this.listOrder) {
      if (oldest !== null && oldest.expires < this.nextExpiry) this.nextExpiry = oldest.expires;
    }
  }

  /** Every connection, bucket by bucket. */
  all(): IpvsConnection[] {
    const all: IpvsConnection[] = [];
    for (const head of this.buckets) {
      for (let connection = head; connection !== null; connection = connection.next) all.push(connection);
    }
    return all;
  }

  private listOf(timeout: number): ExpiryList {
    let list = this.lists.get(timeout);
    if (list === undefined) {
      list = new ExpiryList(timeout);
      this.lists.set(timeout, list);
      this.listOrder.push(list);
    }
    return list;
  }

  private grow(): void {
    const old = this.buckets;
    const size = old.length * 2;
    this.buckets = new Array<IpvsConnection | null>(size).fill(null);
    this.mask = size - 1;
    for (let head of old) {
      while (head !== null) {
        const next: IpvsConnection | null = head.next;
        const bucket = hashOf(head.protocol, head.client, head.ports >>> 16) & this.mask;
        head.next = this.buckets[bucket]!;
        this.buckets[bucket] = head;
        head = next;
      }
    }
  }
}

function hashOf(protocol: number, client: number, clientPort: number): number {
  return finish(mix(mix(protocol, client), clientPort));
}
