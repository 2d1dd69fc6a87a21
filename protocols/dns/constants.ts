/** Numbers of the DNS (RFC 1035 section 3.2, RFC 3596, RFC 2782, RFC 6891). */
export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  ANY: 255,
} as const;

export const DNS_CLASS = { IN: 1, ANY: 255 } as const;

export const DNS_OPCODE = { QUERY: 0, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** Response codes; the extended ones of EDNS are not among them. */
export const DNS_RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

/** EDNS option codes (COOKIE: RFC 7873). */
export const EDNS_OPTION = { COOKIE: 10 } as const;

/** The port of DNS servers, UDP and TCP. */
export const DNS_PORT = 53;

/** Length of the header in bytes. */
export const DNS_HEADER_LENGTH = 12;

/** The longest message over UDP without EDNS (RFC 1035 section 4.2.1). */
export const DNS_MAX_UDP_LENGTH = 512;

/** Limits of a name on the wire, in bytes (section 3.1). */
export const DNS_MAX_LABEL_LENGTH = 63;
export const DNS_MAX_NAME_LENGTH = 255;

const TYPE_NAMES = new Map<number, string>(Object.entries(DNS_TYPE).map(([name, value]) => [value, name]));
const RCODE_NAMES = new Map<number, string>(Object.entries(DNS_RCODE).map(([name, value]) => [value, name]));

/** The mnemonic of a type, `TYPE65280` for one without (RFC 3597 section 5). */
export function dnsTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** The mnemonic of a response code. */
export function dnsRcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}
