/** The name records of one network on one host (libnetwork network.go svcRecords, addSvcRecords). */
import { canonicalDnsName } from '../../protocols/dns/index.ts';
import { sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { AddressFamily, NetworkNames } from './name-source.ts';

/** The records of one endpoint, service or task. */
export interface NameRecord {
  /** The names; the first one is the address's PTR name. */
  readonly names: readonly string[];
  readonly addresses: readonly IpAddress[];
  /** False for records that have no PTR, as those of a service's name and its aliases. */
  readonly hasReverse?: boolean;
}

export class NetworkNameTable implements NetworkNames {
  readonly name: string;
  /** By owner, in the order they came: an owner is an endpoint, or a service with what it registers. */
  private readonly records = new Map<string, NameRecord>();

  constructor(networkName: string) {
    this.name = networkName;
  }

  /** Registers an owner's names, in place of those it had. */
  set(owner: string, record: NameRecord): void {
    this.records.set(owner, record);
  }

  /** Forgets an owner's names. */
  delete(owner: string): void {
    this.records.delete(owner);
  }

  lookup(name: string, family: AddressFamily): readonly IpAddress[] | null {
    let found: IpAddress[] | null = null;
    for (const record of this.records.values()) {
      if (!record.names.some((each) => canonicalDnsName(each) === name)) continue;
      found ??= [];
      for (const address of record.addresses) {
        const isOfFamily = (typeof address === 'number') === (family === 4);
        if (isOfFamily && !found.some((each) => sameIp(each, address))) found.push(address);
      }
    }
    return found;
  }

  reverse(address: IpAddress): string | null {
    for (const record of this.records.values()) {
      if (record.hasReverse === false || record.names.length === 0) continue;
      if (record.addresses.some((each) => sameIp(each, address))) return record.names[0]!;
    }
    return null;
  }
}
