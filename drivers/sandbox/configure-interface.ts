/** An interface inside a container (libnetwork osl/interface_linux.go). */
import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { broadcastAddress } from '../../protocols/ipv4-address.ts';
import type { AddressLease } from '../ipam/network-ipam.ts';
import { addIpv6Address, enableIpv6On } from '../ipv6-configuration.ts';

export interface InterfaceSettings {
  /** Null to keep the device's own. */
  readonly mac: Uint8Array | null;
  readonly lease4: AddressLease | null;
  readonly lease6: AddressLease | null;
}

/** Gives a device its MAC and addresses and sets it up. */
export function configureInterface(netns: NetNamespace, dev: NetDevice, settings: InterfaceSettings): void {
  if (settings.mac !== null) dev.setMac(settings.mac);
  if (settings.lease4 !== null) {
    const { address, prefixLength } = settings.lease4;
    const local = address as number;
    const broadcast = broadcastAddress({ address: local, length: prefixLength });
    netns.ipv4.addAddress(dev, local, prefixLength, { broadcast });
  }
  if (settings.lease6 !== null && typeof settings.lease6.address !== 'number') {
    enableIpv6On(netns, dev);
    addIpv6Address(netns, dev, settings.lease6.address, settings.lease6.prefixLength);
  }
  netns.ipv4.setUp(dev);
}
