/** What a driver module from outside the package is handed with the context: the pieces a driver is made of. */
import { Bridge } from '../core/device/bridge/bridge.ts';
import { Dummy } from '../core/device/dummy.ts';
import { Veth } from '../core/device/veth.ts';
import { formatIp, parseIpPrefix } from '../protocols/ip-address.ts';
import { formatMac, parseMac } from '../protocols/mac-address.ts';
import { DockerError } from './docker-error.ts';
import { Iptables } from './iptables.ts';
import { macFromIpv4, randomKernelMac } from './mac-address.ts';
import { addLink } from './parent-link.ts';

export const DRIVER_KIT = {
  Bridge,
  Dummy,
  Veth,
  addLink,
  Iptables,
  DockerError,
  formatIp,
  parseIpPrefix,
  formatMac,
  parseMac,
  macFromIpv4,
  randomKernelMac,
} as const;

export type DriverKit = typeof DRIVER_KIT;
