/** The one place where the Docker layer configures IPv6 on devices. */
import type { NetDevice } from '../core/device/net-device.ts';
import { IFA_F_NODAD, IFA_F_PERMANENT } from '../core/namespace/ipv6-interface-address.ts';
import { RTN_UNICAST, RTPROT_BOOT, RT_TABLE_MAIN } from '../core/namespace/ipv4-route.ts';
import { IP6_RT_PRIO_USER } from '../core/namespace/ipv6-route.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { Ipv6Address } from '../protocols/ipv6-address.ts';

/** Turns IPv6 on for a device; false when the machine has no IPv6. */
export function enableIpv6On(netns: NetNamespace, dev: NetDevice): boolean {
  if (netns.ipv6 === null) return false;
  netns.ipv6.setDisabled(dev, 0);
  return true;
}

/** Adds an address unless it is there. Containers' addresses are not probed for duplicates (IFA_F_NODAD). */
export function addIpv6Address(
  netns: NetNamespace,
  dev: NetDevice,
  address: Ipv6Address,
  prefixLength: number,
  options: { probe: boolean } = { probe: false },
): void {
  if (netns.ipv6 === null || dev.ipv6?.find(address) !== null) return;
  const flags = options.probe ? IFA_F_PERMANENT : IFA_F_PERMANENT | IFA_F_NODAD;
  netns.ipv6.addAddress(dev, address, prefixLength, { flags });
}

/** Whether a device has an address that is not only for its own link. */
export function hasGlobalIpv6(dev: NetDevice): boolean {
  return dev.ipv6?.addresses.some(({ address }) => !address.isLinkLocal()) === true;
}

/** `gateway` null: the device itself is the way. */
export function addIpv6DefaultRoute(netns: NetNamespace, dev: NetDevice, gateway: Ipv6Address | null): void {
  netns.ipv6?.fib.add({
    type: RTN_UNICAST,
    destination: Ipv6Address.UNSPECIFIED,
    prefixLength: 0,
    gateway,
    dev,
    prefSrc: null,
    protocol: RTPROT_BOOT,
    table: RT_TABLE_MAIN,
    metric: IP6_RT_PRIO_USER,
    mtu: 0,
    expiresNs: Infinity,
  });
}

export function removeIpv6DefaultRoutes(netns: NetNamespace): void {
  netns.ipv6?.fib.removeWhere((route) => route.prefixLength === 0 && route.table === RT_TABLE_MAIN);
}
