/**
 * What the embedded DNS server says to a query, sockets aside (libnetwork resolver.go, and the checks of the
 * miekg/dns server under it). Not modelled: SRV answers, which only records with named ports would give, and
 * the suppression of PTR answers for names that an upstream answered as well.
 */
import type { RandomStream } from '../../core/sim/random-streams.ts';
import {
  DNS_CLASS,
  DNS_HEADER_LENGTH,
  DNS_MAX_UDP_LENGTH,
  DNS_OPCODE,
  DNS_RCODE,
  DNS_TYPE,
  findEdns,
  isDnsName,
  isReverseName,
  parseDnsMessage,
  parseReverseName,
  writeDnsMessage,
  type DnsData,
  type DnsMessage,
  type DnsQuestion,
} from '../../protocols/dns/index.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import { resolveAddress, resolveName, type AddressFamily, type NameSource } from './name-source.ts';

/** Seconds that every record of the embedded server may be kept. */
export const EMBEDDED_DNS_TTL = 600;

export type ResolverTransport = 'udp' | 'tcp';

/** An answer to send, a query to forward, or nothing, for a reason. */
export type ResolverDecision =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'forward'; readonly query: DnsMessage }
  | {
      readonly kind: 'drop';
      readonly reason: 'tooShort' | 'isResponse' | 'invalidPtrQuery' | 'unwritableName';
    };

export interface ResolverSettings {
  readonly release: EngineRelease;
  readonly names: NameSource;
  /** Draws the order of several addresses, anew for every query. */
  readonly random: RandomStream;
  /** True when the user or the host set ndots: names without a dot are then not forwarded. */
  readonly ndotsSet: boolean;
}

/** Decides what becomes of the query in `bytes`. Never throws on what a client sends. */
export function decideDnsQuery(
  bytes: Uint8Array,
  transport: ResolverTransport,
  settings: ResolverSettings,
): ResolverDecision {
  if (bytes.length < DNS_HEADER_LENGTH) return { kind: 'drop', reason: 'tooShort' };
  if ((bytes[2]! & 0x80) !== 0) return { kind: 'drop', reason: 'isResponse' };
  const opcode = (bytes[2]! >>> 3) & 0xf;
  if (opcode !== DNS_OPCODE.QUERY && opcode !== DNS_OPCODE.NOTIFY) return rejection(bytes, DNS_RCODE.NOTIMP);
  const query = parseDnsMessage(bytes);
  if (query === null || !isAcceptable(query)) return rejection(bytes, DNS_RCODE.FORMERR);

  const question = query.questions[0]!;
  if (question.type === DNS_TYPE.PTR && !isReverseName(question.name) && !isAtLeast(settings.release, 24)) {
    return { kind: 'drop', reason: 'invalidPtrQuery' };
  }
  const answers = localAnswers(question, settings);
  if (answers === null) return { kind: 'forward', query };
  if (answers.some((data) => data.kind === 'name' && !isDnsName(data.name))) {
    return { kind: 'drop', reason: 'unwritableName' };
  }
  return { kind: 'answer', bytes: fittingReply(query, question, answers, transport) };
}

/** The sections a server accepts (miekg/dns defaultMsgAcceptFunc). */
function isAcceptable(query: DnsMessage): boolean {
  return (
    query.questions.length === 1 &&
    query.answers.length <= 1 &&
    query.authorities.length <= 1 &&
    query.additionals.length <= 2
  );
}

/** The RDATA of the local answer: null when the query is to be forwarded, empty for "nothing of this type". */
function localAnswers(question: DnsQuestion, settings: ResolverSettings): DnsData[] | null {
  switch (question.type) {
    case DNS_TYPE.A:
      return addressAnswers(question.name, 4, settings);
    case DNS_TYPE.AAAA:
      return addressAnswers(question.name, 6, settings);
    case DNS_TYPE.MX:
      return isLocalName(question.name, settings) ? [] : null;
    case DNS_TYPE.PTR:
      return pointerAnswers(question.name, settings);
    default:
      return null;
  }
}

function isLocalName(name: string, settings: ResolverSettings): boolean {
  return resolveName(settings.names, name, 4) !== null || resolveName(settings.names, name, 6) !== null;
}

function addressAnswers(name: string, family: AddressFamily, settings: ResolverSettings): DnsData[] | null {
  const addresses = resolveName(settings.names, name, family);
  if (addresses !== null) {
    const ordered = addresses.length > 1 ? settings.random.shuffled(addresses) : addresses;
    return ordered.map(addressData);
  }
  return settings.ndotsSet && !name.includes('.') ? [] : null;
}

function addressData(address: IpAddress): DnsData {
  return typeof address === 'number' ? { kind: 'A', address } : { kind: 'AAAA', address };
}

function pointerAnswers(name: string, settings: ResolverSettings): DnsData[] | null {
  const address = parseReverseName(name);
  const host = address === null ? null : resolveAddress(settings.names, address);
  return host === null ? null : [{ kind: 'name', name: host }];
}

/** The reply's frame: the question echoed, RD and CD kept, RA set (dns.SetReply, setCommonFlags). */
function replyTo(query: DnsMessage): DnsMessage {
  return {
    ...query,
    response: true,
    authoritative: false,
    truncated: false,
    recursionAvailable: true,
    z: query.z & 1,
    rcode: DNS_RCODE.NOERROR,
    questions: query.questions.slice(0, 1),
    answers: [],
    authorities: [],
    additionals: [],
  };
}

/** The reply as bytes; over UDP, answers that do not fit what the client takes are cut off and TC is set. */
function fittingReply(
  query: DnsMessage,
  question: DnsQuestion,
  data: readonly DnsData[],
  transport: ResolverTransport,
): Uint8Array {
  const { name, type } = question;
  const answers = data.map((each) => ({
    name,
    type,
    class: DNS_CLASS.IN,
    ttl: EMBEDDED_DNS_TTL,
    data: each,
  }));
  const reply = { ...replyTo(query), answers };
  const limit = transport === 'tcp' ? 0xffff : Math.max(findEdns(query)?.class ?? 0, DNS_MAX_UDP_LENGTH);
  const recordLength = answers.length === 0 ? 0 : messageLength({ ...reply, answers: [answers[0]!] });
  const frameLength = messageLength({ ...reply, answers: [] });
  const fitting = recordLength === 0 ? 0 : Math.floor((limit - frameLength) / (recordLength - frameLength));
  if (fitting >= answers.length) return writeDnsMessage(reply);
  return writeDnsMessage({ ...reply, truncated: transport === 'udp', answers: answers.slice(0, fitting) });
}

function messageLength(message: DnsMessage): number {
  return writeDnsMessage(message).length;
}

/** A reply of nothing but a header, as the server gives to what it cannot read. */
function rejection(bytes: Uint8Array, rcode: number): ResolverDecision {
  const reply = new Uint8Array(DNS_HEADER_LENGTH);
  reply.set(bytes.subarray(0, 2));
  const opcode = rcode === DNS_RCODE.NOTIMP ? bytes[2]! & 0x78 : 0;
  reply[2] = 0x80 | opcode | (bytes[2]! & 0x01);
  reply[3] = rcode;
  return { kind: 'answer', bytes: reply };
}

/** The reply when every upstream failed, or refused for want of room. */
export function failureReply(query: DnsMessage, rcode: number): Uint8Array {
  return writeDnsMessage({ ...replyTo(query), recursionAvailable: false, rcode });
}

/**
 * An upstream's reply as it is passed on: written anew, with its names compressed. Null when it cannot be read, or
 * has grown past a message's length (names in SRV data are read compressed but not written so).
 */
export function relayedReply(bytes: Uint8Array): Uint8Array | null {
  const reply = parseDnsMessage(bytes);
  if (reply === null) return null;
  try {
    return writeDnsMessage(reply, true);
  } catch {
    return null;
  }
}

/**
 * True when an upstream's reply is passed on and no other upstream is asked. Before release 24 that is an answer, or a
 * "no such name" by an authority (libnetwork resolver.go); then anything but SERVFAIL and REFUSED (moby#44664, moby#45565).
 */
export function settlesQuestion(reply: DnsMessage, release: EngineRelease): boolean {
  if (isAtLeast(release, 24)) return reply.rcode !== DNS_RCODE.SERVFAIL && reply.rcode !== DNS_RCODE.REFUSED;
  if (reply.rcode === DNS_RCODE.NXDOMAIN) return reply.authoritative;
  return reply.rcode === DNS_RCODE.NOERROR;
}
