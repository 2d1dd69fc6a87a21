import { macFromKey } from '../../protocols/mac-address.ts';

/**
 * The group addresses a device lets in (dev->mc, net/core/dev_addr_lists.c), with how many want each, in the order
 * they came. IPv6's groups, IPv4's 224.0.0.1 and a snooping bridge's own are there. Not modelled: groups that
 * programs join.
 */
export class MulticastList {
  private readonly users = new Map<number, number>();

  /** True when the address is new. */
  add(macKey: number): boolean {
    const users = this.users.get(macKey) ?? 0;
    this.users.set(macKey, users + 1);
    return users === 0;
  }

  /** True when nobody wants the address any more. */
  remove(macKey: number): boolean {
    const users = this.users.get(macKey);
    if (users === undefined) return false;
    if (users > 1) {
      this.users.set(macKey, users - 1);
      return false;
    }
    return this.users.delete(macKey);
  }

  has(macKey: number): boolean {
    return this.users.has(macKey);
  }

  keys(): number[] {
    return [...this.users.keys()];
  }

  addresses(): Uint8Array[] {
    return this.keys().map(macFromKey);
  }
}
