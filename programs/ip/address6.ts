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
import { formatIpv6, type Ipv6Prefix } from '../../protocols/ipv6-address.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { SCOPES } from './names.ts';
import { parsePrefix6 } from './prefix6.ts';
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

/** The scope as routes number them: 254 host, 253 link, 200 site, 0 global (rt_scope). */
export function routingScope(item: InterfaceAddress6): number {
  if (item.address.isLoopback()) return 254;
  if (item.scope === IPV6_SCOPE_LINK) return 253;
  return item.scope === IPV6_SCOPE_SITE ? 200 : 0;
}

function scopeText(item: InterfaceAddress6): string {
  return SCOPES.text(routingScope(item));
}

function lifetime(untilNs: number, nowNs: number): string {
  return untilNs === Infinity ? 'forever' : `${Math.max(0, Math.floor((untilNs - nowNs) / 1e9))}sec`;
}

/** Seconds, or `forever`. */
function lifetimeOf(command: IpCommand): number {
  const text = command.value();
  return text === 'forever' ? Infinity : command.unsignedNumber(text, 'lifetime') * 1e9;
}

/** `ip address add|replace|del` of an IPv6 address; the words before it have been read. */
export function changeAddress6(
  command: IpCommand,
  text: string,
  change: 'add' | 'replace' | 'delete',
): number {
  const prefix: Ipv6Prefix = parsePrefix6(text);
  let dev: NetDevice | null = null;
  let flags = IFA_F_PERMANENT;
  let prefixRoute = true;
  let preferredNs = Infinity;
  let validNs = Infinity;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'dev') dev = command.device(command.value());
    else if (word === 'nodad') flags |= IFA_F_NODAD;
    else if (word === 'noprefixroute') prefixRoute = false;
    else if (word === 'valid_lft') validNs = lifetimeOf(command);
    else if (word === 'preferred_lft') preferredNs = lifetimeOf(command);
    else if (word === 'scope')
      command.value(); // the kernel tells it from the address
    else command.notModelled(`"${word}" of an IPv6 address`);
  }
  if (dev === null) throw new IpError('Not enough information: "dev" argument is required.', EXIT_USAGE);
  command.requireAdmin();
  const stack = command.netns.ipv6;
  if (stack === null || dev.ipv6 === null) throw new NetlinkError('Operation not supported');
  if (change !== 'delete') {
    if (dev.ipv6.find(prefix.address) !== null) {
      if (change === 'replace') return 0;
      throw new NetlinkError('File exists');
    }
    if (dev.ipv6.disableIpv6 !== 0) throw new NetlinkError('Permission denied');
    if (preferredNs > validNs) throw new NetlinkError('Invalid argument');
    stack.addAddress(dev, prefix.address, prefix.length, {
      flags: validNs === Infinity ? flags : flags & ~IFA_F_PERMANENT,
      prefixRoute,
      ...(validNs === Infinity && preferredNs === Infinity ? {} : { preferredNs, validNs }),
    });
  } else if (!stack.removeAddress(dev, prefix.address)) {
    throw new NetlinkError('Cannot assign requested address');
  }
  return 0;
}
