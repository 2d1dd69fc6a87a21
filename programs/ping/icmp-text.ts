import { ICMP_TYPE } from '../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  '',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];
const REDIRECTS: readonly string[] = [
  'Redirect Network',
  'Redirect Host',
  'Redirect Type of Service and Network',
  'Redirect Type of Service and Host',
];

/** What an ICMP message means, in iputils' words (pr_icmph). `info` is the MTU, the pointer or the gateway. */
export function icmpText(type: number, code: number, info: number): string {
  switch (type) {
    case ICMP_TYPE.DEST_UNREACH:
      if (code === 4) return `Frag needed and DF set (mtu = ${info})`;
      return UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`;
    case ICMP_TYPE.SOURCE_QUENCH:
      return 'Source Quench';
    case ICMP_TYPE.REDIRECT:
      return REDIRECTS[code] ?? `Redirect, Bad Code: ${code}`;
    case ICMP_TYPE.TIME_EXCEEDED:
      if (code === 0) return 'Time to live exceeded';
      if (code === 1) return 'Frag reassembly time exceeded';
      return `Time exceeded, Bad Code: ${code}`;
    case ICMP_TYPE.PARAMETERPROB:
      return `Parameter problem: pointer = ${info >>> 24}`;
    default:
      return `Bad ICMP type: ${type}`;
  }
}

const UNREACHABLE6: readonly string[] = [
  'No route',
  'Administratively prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
];

/** The same for ICMPv6 (pr_icmph6). */
export function icmp6Text(type: number, code: number, info: number): string {
  switch (type) {
    case ICMPV6_TYPE.DEST_UNREACH:
      return `Destination unreachable: ${UNREACHABLE6[code] ?? `Unknown code ${code}`}`;
    case ICMPV6_TYPE.PKT_TOOBIG:
      return `Packet too big: mtu=${info}${code === 0 ? '' : `, code=${code}`}`;
    case ICMPV6_TYPE.TIME_EXCEED:
      if (code === 0) return 'Time exceeded: Hop limit';
      return code === 1 ? 'Time exceeded: Defragmentation failure' : `Time exceeded: code ${code}`;
    case ICMPV6_TYPE.PARAMPROB: {
      const names = ['Wrong header field ', 'Unknown header ', 'Unknown option '];
      return `Parameter problem: ${names[code] ?? `code ${code} `}at ${info}`;
    }
    default:
      return `unknown icmp type: ${type}`;
  }
}
