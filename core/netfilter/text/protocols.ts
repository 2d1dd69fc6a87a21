import { ParameterError } from './iptables-error.ts';

/** Protocol names as /etc/protocols and xtables know them. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  all: 0,
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  ospf: 89,
  ipip: 94,
  pim: 103,
  vrrp: 112,
  sctp: 132,
  'ipv6-mh': 135,
  mh: 135,
  udplite: 136,
};

const NAMES = new Map<number, string>();
for (const [name, number] of Object.entries(PROTOCOLS)) if (!NAMES.has(number)) NAMES.set(number, name);

/** A protocol by name or number. */
export function protocolNumber(text: string): number {
  const name = text.toLowerCase();
  if (Object.hasOwn(PROTOCOLS, name)) return PROTOCOLS[name]!;
  if (/^\d+$/.test(name) && Number(name) <= 255) return Number(name);
  throw new ParameterError(`unknown protocol "${text}" specified`);
}

/** The name of a protocol, or its number where it has none. */
export function protocolText(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol);
}
