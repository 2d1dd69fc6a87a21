import type { NetDevice } from '../device/net-device.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { Packet } from '../packet/packet.ts';

/** The IPv6 half of a namespace, as the rest of the kernel sees it. */
export interface Ipv6Stack {
  receive(dev: NetDevice, packet: Packet): void;
  deviceUp(dev: NetDevice): void;
  deviceDown(dev: NetDevice): void;
  carrierChanged(dev: NetDevice): void;
  deviceRemoved(dev: NetDevice): void;
  /** ip6_route_me_harder: 0, or a negative error number. */
  routeMeHarder?(packet: Packet): number;
  /** ipv6_dev_get_saddr: the address of `dev` to send to `destination` from, or null. */
  selectSourceAddress?(dev: NetDevice, destination: Ipv6Address): Ipv6Address | null;
  destroy(): void;
}
