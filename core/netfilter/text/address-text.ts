import { formatIpv4, isIpv4Text, parseIpv4, prefixMask } from '../../../protocols/ipv4-address.ts';
import { Ipv6Address, formatIpv6, isIpv6Text, parseIpv6 } from '../../../protocols/ipv6-address.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import type { AddressTest } from '../tables/rule.ts';
import { ParameterError } from './iptables-error.ts';

/** Words of a single address of the family, signed; throws as xtables does for a name it cannot resolve. */
export function parseAddressWords(text: string, family: number): number[] {
  if (family === AF_INET) {
    if (!isIpv4Text(text)) throw new ParameterError(`host/network \`${text}' not found`);
    return [parseIpv4(text) | 0];
  }
  if (!isIpv6Text(text)) throw new ParameterError(`host/network \`${text}' not found`);
  const { w0, w1, w2, w3 } = parseIpv6(text);
  return [w0 | 0, w1 | 0, w2 | 0, w3 | 0];
}

export function addressWordsText(words: readonly number[], family: number): string {
  return family === AF_INET
    ? formatIpv4(words[0]! >>> 0)
    : formatIpv6(new Ipv6Address(words[0]!, words[1]!, words[2]!, words[3]!));
}

/** The mask of a prefix length, as words. */
export function maskWords(length: number, family: number): number[] {
  if (family === AF_INET) return [prefixMask(length) | 0];
  return [0, 32, 64, 96].map((start) => prefixMask(Math.min(32, Math.max(0, length - start))) | 0);
}

/** `address[/mask]`, the mask a prefix length or an address. The address comes out masked. */
export function parseAddressTest(text: string, family: number, inverted: boolean): AddressTest {
  const slash = text.indexOf('/');
  const bits = family === AF_INET ? 32 : 128;
  const mask = slash < 0 ? maskWords(bits, family) : parseMask(text.slice(slash + 1), family, bits);
  const words = parseAddressWords(expandShort(slash < 0 ? text : text.slice(0, slash), family), family);
  return { words: words.map((word, i) => word & mask[i]!), mask, inverted };
}

/** `10/8` and `172.17/16` are networks whose last octets are zero (xtables_ipparse_any). */
function expandShort(text: string, family: number): string {
  if (family !== AF_INET || !/^\d{1,3}(\.\d{1,3}){0,2}$/.test(text)) return text;
  return [...text.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}

function parseMask(text: string, family: number, bits: number): number[] {
  if (/^\d+$/.test(text) && Number(text) <= bits) return maskWords(Number(text), family);
  const isAddress = family === AF_INET ? isIpv4Text(text) : isIpv6Text(text);
  if (!isAddress) throw new ParameterError(`invalid mask \`${text}' specified`);
  return parseAddressWords(text, family);
}

/** The prefix length of a mask, −1 when its ones are not contiguous. */
export function prefixLengthOf(mask: readonly number[]): number {
  let length = 0;
  for (const word of mask) length += Math.clz32(~word);
  const expected = maskWords(length, mask.length === 1 ? AF_INET : 0);
  return expected.every((word, i) => word === mask[i]) ? length : -1;
}

/** `/16`, `/255.0.255.0`; '' for a whole address when `short`. */
export function maskText(mask: readonly number[], short: boolean): string {
  const length = prefixLengthOf(mask);
  if (length < 0) return `/${addressWordsText(mask, mask.length === 1 ? AF_INET : 0)}`;
  return short && length === mask.length * 32 ? '' : `/${length}`;
}

/** An address and its mask: as rules are saved, and with `short` as they are listed. */
export function addressTestText(test: AddressTest, short: boolean): string {
  const family = test.words.length === 1 ? AF_INET : 0;
  return addressWordsText(test.words, family) + maskText(test.mask, short);
}

/** Whether a test lets every address through. */
export function isAnyAddress(test: AddressTest): boolean {
  return test.mask.every((word) => word === 0);
}
