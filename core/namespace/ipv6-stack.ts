import type { NetDevice } from '../device/net-device.ts';
import type { Packet } from '../packet/packet.ts';

/** The IPv6 half of a namespace, as the rest of the kernel sees it. */
export interface Ipv6Stack {
  receive(dev: NetDevice, packet: Packet): void;
  deviceUp(dev: NetDevice): void;
  deviceDown(dev: NetDevice): void;
  carrierChanged(dev: NetDevice): void;
  deviceRemoved(dev: NetDevice): void;
  destroy(): void;
}
