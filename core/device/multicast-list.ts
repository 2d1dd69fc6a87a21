import { parseMac } from '../../protocols/mac-address.ts';
import { Bridge } from './bridge/bridge.ts';
import { IFF_LOOPBACK, type NetDevice } from './net-device.ts';

const ALL_NODES_V6 = parseMac('33:33:00:00:00:01');
const ALL_SNOOPERS_V4 = parseMac('01:00:5e:00:00:6a');
const ALL_SNOOPERS_V6 = parseMac('33:33:00:00:00:6a');
const ALL_HOSTS = parseMac('01:00:5e:00:00:01');

/**
 * The group addresses a device listens to (dev->mc): all nodes of IPv6, which every Ethernet device joins; a
 * snooping bridge's all-snoopers groups; 224.0.0.1 once the device was up. Not modelled: groups that programs join.
 */
export function multicastAddresses(dev: NetDevice): Uint8Array[] {
  if ((dev.flags & IFF_LOOPBACK) !== 0) return [];
  const addresses = [ALL_NODES_V6];
  if (dev instanceof Bridge && dev.isUp && dev.multicastSnooping)
    addresses.push(ALL_SNOOPERS_V4, ALL_SNOOPERS_V6);
  if (dev.qdisc !== 'noop') addresses.push(ALL_HOSTS);
  return addresses;
}
