/**
 * What the nodes of a swarm tell each other about networks (libnetwork networkdb): tables of entries, each of one
 * node, numbered so that old news never undoes newer. Every node hears of every network, where libnetwork tells only
 * those that are on it.
 */

/** The tables: endpoints' places on overlays, endpoints' names, and which nodes are on which network. */
export type TableName = 'overlay_peer_table' | 'endpoint_table' | 'network_attachments';

/** One entry of one node; with `value` null it is gone. Numbers are text, so that a message can carry them. */
export interface TableEvent {
  readonly node: string;
  readonly number: number;
  readonly table: TableName;
  readonly network: string;
  readonly key: string;
  readonly value: unknown;
}

/** Everything of one node, up to an event's number. */
export interface NodeState {
  readonly node: string;
  readonly number: number;
  readonly events: readonly TableEvent[];
}

export interface TableListener {
  added(network: string, key: string, value: unknown, node: string): void;
  removed(network: string, key: string, value: unknown, node: string): void;
  /** Without this, a change is a removal and an addition. */
  changed?(network: string, key: string, before: unknown, value: unknown, node: string): void;
}

interface NodeTables {
  number: number;
  readonly entries: Map<string, TableEvent>;
}

export class NetworkDb {
  readonly node: string;
  private readonly tables = new Map<string, NodeTables>();
  private readonly listeners = new Map<TableName, TableListener>();
  private readonly announce: (event: TableEvent) => void;

  /** `announce` takes this node's own news to the others. */
  constructor(node: string, announce: (event: TableEvent) => void) {
    this.node = node;
    this.announce = announce;
  }

  /** Hears of the entries of other nodes. */
  listen(table: TableName, listener: TableListener): void {
    this.listeners.set(table, listener);
  }

  /** Sets an entry of this node's own; null takes it away. */
  set(table: TableName, network: string, key: string, value: unknown): void {
    const own = this.tablesOf(this.node);
    const id = entryId({ table, network, key });
    if (value === null && (own.entries.get(id)?.value ?? null) === null) return;
    const event = { node: this.node, number: ++own.number, table, network, key, value };
    own.entries.set(id, event);
    this.announce(event);
  }

  /** The entries of a network that other nodes have. */
  entries(table: TableName, network: string): TableEvent[] {
    const found: TableEvent[] = [];
    for (const [node, { entries }] of this.tables) {
      if (node === this.node) continue;
      for (const event of entries.values()) {
        if (event.table === table && event.network === network && event.value !== null) found.push(event);
      }
    }
    return found;
  }

  /** The entries of a network that any node has, this one's first. */
  allEntries(table: TableName, network: string): TableEvent[] {
    const own = [...this.tablesOf(this.node).entries.values()].filter(
      (event) => event.table === table && event.network === network && event.value !== null,
    );
    return [...own, ...this.entries(table, network)];
  }

  /** News of another node. */
  receive(event: TableEvent): void {
    if (event.node === this.node) return;
    const tables = this.tablesOf(event.node);
    const id = entryId(event);
    const known = tables.entries.get(id);
    if (known !== undefined && known.number >= event.number) return;
    tables.number = Math.max(tables.number, event.number);
    tables.entries.set(id, event);
    this.tell(known, event);
  }

  /** All that is known, of every node, for an exchange of whole states. */
  states(): NodeState[] {
    return [...this.tables].map(([node, { number, entries }]) => ({
      node,
      number,
      events: [...entries.values()].filter(({ value }) => value !== null),
    }));
  }

  /** What an exchange brought: entries that a newer state lacks are gone. */
  receiveState(state: NodeState): void {
    if (state.node === this.node) return;
    const tables = this.tablesOf(state.node);
    for (const event of state.events) this.receive(event);
    if (state.number < tables.number) return;
    const present = new Set(state.events.map(entryId));
    for (const [id, event] of [...tables.entries]) {
      if (event.value !== null && event.number <= state.number && !present.has(id)) {
        this.receive({ ...event, number: state.number + 1, value: null });
      }
    }
    tables.number = state.number;
  }

  /** A node is gone, and with it all it said. */
  forget(node: string): void {
    const tables = this.tables.get(node);
    if (tables === undefined || node === this.node) return;
    this.tables.delete(node);
    for (const event of tables.entries.values()) this.tell(event, { ...event, value: null });
  }

  private tablesOf(node: string): NodeTables {
    let tables = this.tables.get(node);
    if (tables === undefined) this.tables.set(node, (tables = { number: 0, entries: new Map() }));
    return tables;
  }

  private tell(before: TableEvent | undefined, now: TableEvent): void {
    const listener = this.listeners.get(now.table);
    if (listener === undefined) return;
    const { network, key, value, node } = now;
    const old = before?.value ?? null;
    if (old !== null && value !== null && listener.changed !== undefined) {
      listener.changed(network, key, old, value, node);
      return;
    }
    if (old !== null) listener.removed(network, key, old, node);
    if (value !== null) listener.added(network, key, value, node);
  }
}

function entryId({ table, network, key }: Pick<TableEvent, 'table' | 'network' | 'key'>): string {
  return `${table}/${network}/${key}`;
}
