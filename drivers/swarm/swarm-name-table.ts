import { formatIp, parseIp } from '../../protocols/ip-address.ts';
import { NetworkNameTable, type NameRecord } from '../names/network-name-table.ts';
import type { NetworkDb } from './network-db.ts';

/** How names travel: a row of endpoint_table. */
interface NameRow {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly hasReverse: boolean;
}

/** The names on a network of the swarm: those of this node are told to the others, theirs are here too. */
export class SwarmNameTable extends NetworkNameTable {
  private readonly networkId: string;
  private readonly db: NetworkDb;

  constructor(networkName: string, networkId: string, db: NetworkDb) {
    super(networkName);
    this.networkId = networkId;
    this.db = db;
  }

  override set(owner: string, record: NameRecord): void {
    super.set(owner, record);
    const row: NameRow = {
      names: record.names,
      addresses: record.addresses.map(formatIp),
      hasReverse: record.hasReverse ?? true,
    };
    this.db.set('endpoint_table', this.networkId, owner, row);
  }

  override delete(owner: string): void {
    super.delete(owner);
    this.db.set('endpoint_table', this.networkId, owner, null);
  }

  /** Another node's. */
  setRemote(owner: string, value: unknown): void {
    const { names, addresses, hasReverse } = value as NameRow;
    super.set(owner, { names, addresses: addresses.map(parseIp), hasReverse });
  }

  deleteRemote(owner: string): void {
    super.delete(owner);
  }
}
