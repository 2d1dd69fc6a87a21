import {
  Ipv6Address,
  isIpv6Text,
  parseCidr6,
  parseIpv6,
  type Ipv6Prefix,
} from '../../protocols/ipv6-address.ts';
import { EXIT_LOCAL, IpError, type IpCommand } from './ip-command.ts';

/** get_prefix for IPv6: `default`, `any`, an address (as /128) or a prefix. */
export function parsePrefix6(text: string): Ipv6Prefix {
  if (text === 'default' || text === 'any' || text === 'all')
    return { address: Ipv6Address.UNSPECIFIED, length: 0 };
  if (isIpv6Text(text)) return { address: parseIpv6(text), length: 128 };
  try {
    return parseCidr6(text);
  } catch {
    throw new IpError(`Error: inet6 prefix is expected rather than "${text}".`, EXIT_LOCAL);
  }
}

/** get_addr for IPv6. */
export function parseAddress6(text: string): Ipv6Address {
  if (text === 'any' || text === 'default') return Ipv6Address.UNSPECIFIED;
  if (isIpv6Text(text)) return parseIpv6(text);
  throw new IpError(`Error: inet6 address is expected rather than "${text}".`, EXIT_LOCAL);
}

/** Whether a command is about IPv6: by -6, or by an IPv6 address or prefix among its words. */
export function isAboutIpv6(command: IpCommand): boolean {
  if (command.options.family !== 0) return command.options.family === 6;
  return command.restOf().some((word) => isIpv6Text(word.replace(/\/\d+$/, '')));
}
