import type { NetDevice } from '../../core/device/net-device.ts';
import {
  IFA_F_DADFAILED,
  IFA_F_DEPRECATED,
  IFA_F_MANAGETEMPADDR,
  IFA_F_NODAD,
  IFA_F_PERMANENT,
  IFA_F_TENTATIVE,
  type InterfaceAddress6,
} from '../../core/namespace/ipv6-interface-address.ts';
import { IPV6_SCOPE_LINK, IPV6_SCOPE_SITE } from '../../core/namespace/ipv6-address-class.ts';
import { formatIpv6, parseCidr6, parseIpv6, type Ipv6Prefix } from '../../protocols/ipv6-address.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';

/** Flags in the order iproute2 prints them; `dynamic` stands for the lack of IFA_F_PERMANENT. */
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [IFA_F_NODAD, 'nodad'],
  [IFA_F_DADFAILED, 'dadfailed'],
  [IFA_F_DEPRECATED, 'deprecated'],
  [IFA_F_TENTATIVE, 'tentative'],
  [IFA_F_PERMANENT, 'dynamic'],
  [IFA_F_MANAGETEMPADDR, 'mngtmpaddr'],
];

/** The lines of a device's IPv6 addresses in `ip address`. */
export function addressText6(item: InterfaceAddress6): string {
  const now = item.dev.host.sim.nowNs;
  const flags = FLAG_NAMES.filter(([bit]) => ((item.flags & bit) !== 0) !== (bit === IFA_F_PERMANENT));
  const names = flags.map(([, name]) => `${name} `).join('');
  return (
    `    inet6 ${formatIpv6(item.address)}/${item.prefixLength} scope ${scopeText(item)} ${names}\n` +
    `       valid_lft ${lifetime(item.validUntilNs, now)} preferred_lft ${lifetime(item.preferredUntilNs, now)}\n`
  );
}

function scopeText(item: InterfaceAddress6): string {
  if (item.address.isLoopback()) return 'host';
  if (item.scope === IPV6_SCOPE_LINK) return 'link';
  return item.scope === IPV6_SCOPE_SITE ? 'site' : 'global';
}

function lifetime(untilNs: number, nowNs: number): string {
  return untilNs === Infinity ? 'forever' : `${Math.max(0, Math.floor((untilNs - nowNs) / 1e9))}sec`;
}

/** `ip address add|del` of an IPv6 address; the words before it have been read. */
export function changeAddress6(command: IpCommand, text: string, adds: boolean): number {
  const prefix: Ipv6Prefix = text.includes('/')
    ? parseCidr6(text)
    : { address: parseIpv6(text), length: 128 };
  let dev: NetDevice | null = null;
  let flags = IFA_F_PERMANENT;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'dev') dev = command.device(command.value());
    else if (word === 'nodad') flags |= IFA_F_NODAD;
    else command.notModelled(`"${word}" of an IPv6 address`);
  }
  if (dev === null) throw new IpError('Not enough information: "dev" argument is required.', EXIT_USAGE);
  command.requireAdmin();
  const stack = command.netns.ipv6;
  if (stack === null || dev.ipv6 === null) throw new NetlinkError('Operation not supported');
  if (adds) {
    if (dev.ipv6.find(prefix.address) !== null) throw new NetlinkError('File exists');
    if (dev.ipv6.disableIpv6 !== 0) throw new NetlinkError('Permission denied');
    stack.addAddress(dev, prefix.address, prefix.length, { flags });
  } else if (!stack.removeAddress(dev, prefix.address)) {
    throw new NetlinkError('Cannot assign requested address');
  }
  return 0;
}
