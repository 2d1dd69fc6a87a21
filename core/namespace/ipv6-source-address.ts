import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import { commonPrefixLength, IPV6_SCOPE_LINK, ipv6Label, ipv6Scope } from './ipv6-address-class.ts';
import type { InterfaceAddress6 } from './ipv6-interface-address.ts';
import type { NetNamespace } from './net-namespace.ts';

/**
 * ipv6_dev_get_saddr (RFC 6724 section 5): the source for a destination that is reached through `dev`, or null.
 * Rules 1, 2, 3, 5, 6 and 8; among equals the first wins. Not modelled: home addresses (4) and temporary ones (7).
 */
export function selectSourceAddress6(
  netns: NetNamespace,
  dev: NetDevice,
  destination: Ipv6Address,
): Ipv6Address | null {
  const destinationScope = ipv6Scope(destination);
  const onlyDev = destination.isMulticast() || destinationScope <= IPV6_SCOPE_LINK;
  let best: InterfaceAddress6 | null = null;
  const consider = (candidates: readonly InterfaceAddress6[]): void => {
    for (const candidate of candidates) {
      if (candidate.tentative) continue;
      if (best === null || beats(candidate, best, destination, destinationScope, dev)) best = candidate;
    }
  };
  if (dev.ipv6 !== null) consider(dev.ipv6.addresses);
  if (!onlyDev) {
    for (const other of netns.devices) {
      if (other !== dev && other.isUp && other.ipv6 !== null) consider(other.ipv6.addresses);
    }
  }
  return best === null ? null : (best as InterfaceAddress6).address;
}

function beats(
  one: InterfaceAddress6,
  two: InterfaceAddress6,
  destination: Ipv6Address,
  scope: number,
  dev: NetDevice,
): boolean {
  const same = Number(one.address.equals(destination)) - Number(two.address.equals(destination));
  if (same !== 0) return same > 0;
  if (one.scope !== two.scope) {
    return one.scope < two.scope ? one.scope >= scope : two.scope < scope;
  }
  if (one.deprecated !== two.deprecated) return two.deprecated;
  const outgoing = Number(one.dev === dev) - Number(two.dev === dev);
  if (outgoing !== 0) return outgoing > 0;
  const label = ipv6Label(destination);
  const labels = Number(ipv6Label(one.address) === label) - Number(ipv6Label(two.address) === label);
  if (labels !== 0) return labels > 0;
  return matching(one, destination) > matching(two, destination);
}

/** Rule 8 as Linux has it: bits in common, no more than the address's own prefix. */
function matching(candidate: InterfaceAddress6, destination: Ipv6Address): number {
  return Math.min(commonPrefixLength(candidate.address, destination), candidate.prefixLength);
}
