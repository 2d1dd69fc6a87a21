import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { NetDevice } from './net-device.ts';
import { Veth } from './veth.ts';

/** The device at the other end or underneath (IFLA_LINK), and the namespace its index belongs to. */
export interface DeviceLink {
  ifindex: number;
  netns: NetNamespace;
}

/** What a device is linked to; null for one that stands alone. */
export function linkOf(dev: NetDevice): DeviceLink | null {
  if (dev instanceof Veth) {
    return dev.peer === null ? null : { ifindex: dev.peer.ifindex, netns: dev.peer.netns };
  }
  if (dev.linkIfindex === 0) return null;
  return { ifindex: dev.linkIfindex, netns: dev.linkNetns ?? dev.netns };
}
