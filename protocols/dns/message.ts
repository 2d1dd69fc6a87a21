/** A DNS message as values. Names are presentation text without the last dot; the root is the empty string. */
import type { Ipv6Address } from '../ipv6-address.ts';
import { DNS_CLASS, DNS_OPCODE, DNS_RCODE, DNS_TYPE } from './constants.ts';

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface DnsSoa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** RDATA by type; `raw` is a type that is not decoded (RFC 3597). */
export type DnsData =
  | { readonly kind: 'A'; readonly address: number }
  | { readonly kind: 'AAAA'; readonly address: Ipv6Address }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'MX'; readonly preference: number; readonly exchange: string }
  | { readonly kind: 'TXT'; readonly strings: readonly Uint8Array[] }
  | {
      readonly kind: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | ({ readonly kind: 'SOA' } & DnsSoa)
  | { readonly kind: 'OPT'; readonly options: readonly EdnsOption[] }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

/**
 * A resource record. Of an OPT record (RFC 6891 section 6.1.2) `class` is the sender's UDP payload size and `ttl`
 * the extended response code, version and flags. `name` is the kind of NS, CNAME and PTR data.
 */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: DnsData;
}

export interface DnsMessage {
  readonly id: number;
  /** True for a response (QR). */
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** The three bits of section 4.1.1's Z field: reserved, AD, CD (RFC 4035) from the most significant. */
  readonly z: number;
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** The AD bit in a message's `z`, as dig sets it in queries. */
export const DNS_Z_AD = 2;

/** A query with one question. */
export function dnsQuery(
  id: number,
  name: string,
  type: number,
  additionals: readonly DnsRecord[] = [],
): DnsMessage {
  return {
    id,
    response: false,
    opcode: DNS_OPCODE.QUERY,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    z: 0,
    rcode: DNS_RCODE.NOERROR,
    questions: [{ name, type, class: DNS_CLASS.IN }],
    answers: [],
    authorities: [],
    additionals,
  };
}

/** An OPT record that offers `udpSize` bytes, with options such as a cookie. */
export function ednsRecord(udpSize: number, options: readonly EdnsOption[] = []): DnsRecord {
  return { name: '', type: DNS_TYPE.OPT, class: udpSize, ttl: 0, data: { kind: 'OPT', options } };
}

/** The message's OPT record, null when it has none. */
export function findEdns(message: DnsMessage): DnsRecord | null {
  return message.additionals.find((record) => record.type === DNS_TYPE.OPT) ?? null;
}
