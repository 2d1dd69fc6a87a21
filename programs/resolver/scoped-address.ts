import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { formatIpv6, isIpv6Text, parseIpv6, type Ipv6Address } from '../../protocols/ipv6-address.ts';

/** An IPv6 address with the device it is meant on: the zone of `fe80::1%eth0` (RFC 4007), null without one. */
export interface ScopedAddress {
  address: Ipv6Address;
  dev: NetDevice | null;
}

/** Reads `ADDRESS` or `ADDRESS%DEVICE`; null when it is neither, or the device is not there. */
export function parseScopedAddress(netns: NetNamespace, text: string): ScopedAddress | null {
  const at = text.indexOf('%');
  const address = at < 0 ? text : text.slice(0, at);
  if (!isIpv6Text(address)) return null;
  if (at < 0) return { address: parseIpv6(address), dev: null };
  const zone = text.slice(at + 1);
  const dev = netns.device(zone) ?? netns.devices.find(({ ifindex }) => String(ifindex) === zone);
  return dev === undefined ? null : { address: parseIpv6(address), dev };
}

/** The text of an address, with the zone that a link-local one has. */
export function formatScoped(address: Ipv6Address, dev: NetDevice | null): string {
  const isScoped = dev !== null && address.isLinkLocal();
  return isScoped ? `${formatIpv6(address)}%${dev.name}` : formatIpv6(address);
}
