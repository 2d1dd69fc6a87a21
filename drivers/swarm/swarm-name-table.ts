import { formatIp, parseIp } from '../../protocols/ip-address.ts';
import { NetworkNameTable, type NameRecord } from '../names/network-name-table.ts';
import type { NetworkDb } from './network-db.ts';
import type { ServiceEndpoint } from './service-bindings.ts';

/** How names travel: a row of endpoint_table. */
export interface NameRow {
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

  /** A container's of another node. */
  setRemote(owner: string, value: unknown): void {
    const { names, addresses, hasReverse } = value as NameRow;
    super.set(owner, { names, addresses: addresses.map(parseIp), hasReverse });
  }

  deleteRemote(owner: string): void {
    super.delete(owner);
  }

  /**
   * The names of a service's endpoint: the container's and its aliases, `tasks.SERVICE`, and SERVICE itself: with the
   * first endpoint for the virtual address, or, where there is none, for the endpoint (addEndpointNameResolution).
   */
  setServiceEndpoint(owner: string, endpoint: ServiceEndpoint, isFirst: boolean): void {
    const { name, aliases, address, serviceId, serviceName, serviceAliases, virtualIp } = endpoint;
    super.set(owner, { names: [name], addresses: [address] });
    super.set(`${owner} aliases`, { names: aliases, addresses: [address], hasReverse: false });
    const service = [serviceName, ...serviceAliases];
    const tasks = service.map((each) => `tasks.${each}`);
    const names = virtualIp === 0 ? [...tasks, ...service] : tasks;
    super.set(`${owner} tasks`, { names, addresses: [address], hasReverse: false });
    if (virtualIp === 0 || !isFirst) return;
    super.set(`service ${serviceId}`, { names: service, addresses: [virtualIp], hasReverse: false });
  }

  deleteServiceEndpoint(owner: string): void {
    for (const each of [owner, `${owner} aliases`, `${owner} tasks`]) super.delete(each);
  }

  /** Its last endpoint has gone. */
  deleteService(serviceId: string): void {
    super.delete(`service ${serviceId}`);
  }
}
