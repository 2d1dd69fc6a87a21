import { ARP, isEthernetIpv4Arp } from '../../../protocols/arp.ts';
import { get16, get32 } from '../../../protocols/bytes.ts';
import { ETHERTYPE } from '../../../protocols/ethernet.ts';
import { ICMPV6_TYPE } from '../../../protocols/icmpv6.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH } from '../../../protocols/ipv6.ts';
import { Ipv6AddressMap } from '../../namespace/ipv6-address-map.ts';
import type { Ipvlan } from './ipvlan.ts';

/** Offset of the target address in a neighbour solicitation. */
const SOLICITATION_TARGET = 8;
const PROTO_ICMPV6 = 58;

/** Which ipvlan has which address (the hash table of struct ipvl_port). Only those that are up are in it. */
export class IpvlanAddresses {
  private readonly byIpv4 = new Map<number, Ipvlan>();
  private readonly byIpv6 = new Ipv6AddressMap<Ipvlan>();

  /** Fills the table anew. */
  rebuild(children: readonly Ipvlan[]): void {
    this.byIpv4.clear();
    this.byIpv6.clear();
    for (const child of children) {
      if (!child.isUp) continue;
      for (const { local } of child.ipv4.addresses) this.byIpv4.set(local, child);
      for (const { address } of child.ipv6?.addresses ?? []) this.byIpv6.set(address, child);
    }
  }

  /**
   * ipvlan_addr_lookup: the ipvlan that the packet at `head` is for, or, with `bySource`, the one it is from; null
   * for what is neither IP nor ARP, and for addresses that nobody here has.
   */
  find(buf: Uint8Array, head: number, tail: number, protocol: number, bySource: boolean): Ipvlan | null {
    switch (protocol) {
      case ETHERTYPE.IPV4:
        if (tail - head < 20 || buf[head]! >>> 4 !== 4) return null;
        return this.byIpv4.get(get32(buf, head + (bySource ? IPV4.SOURCE : IPV4.DESTINATION))) ?? null;
      case ETHERTYPE.ARP:
        if (!isEthernetIpv4Arp(buf, head, tail - head)) return null;
        return this.byIpv4.get(get32(buf, head + (bySource ? ARP.SPA : ARP.TPA))) ?? null;
      case ETHERTYPE.IPV6:
        return this.findIpv6(buf, head, tail, bySource);
      default:
        return null;
    }
  }

  private findIpv6(buf: Uint8Array, head: number, tail: number, bySource: boolean): Ipvlan | null {
    if (tail - head < IPV6_HEADER_LENGTH || get16(buf, head) >>> 12 !== 6) return null;
    const icmp = head + IPV6_HEADER_LENGTH;
    const isSolicitation =
      buf[head + IPV6.NEXT_HEADER] === PROTO_ICMPV6 &&
      tail - icmp >= SOLICITATION_TARGET + 16 &&
      buf[icmp] === ICMPV6_TYPE.NEIGHBOUR_SOLICITATION;
    // Duplicate address detection has no source, so it is the target that counts.
    if (isSolicitation) return this.byIpv6.getBytes(buf, icmp + SOLICITATION_TARGET) ?? null;
    return this.byIpv6.getBytes(buf, head + (bySource ? IPV6.SOURCE : IPV6.DESTINATION)) ?? null;
  }
}
