import { AF_INET } from '../conntrack/tuple.ts';
import type { InterfacePatterns } from './interface-patterns.ts';
import type { AddressTest, RuleSpecification } from './rule.ts';

/** Words of a packet that a quick test can look at. IPv6 addresses show their last word and their second. */
export const QUICK_SOURCE = 0;
export const QUICK_DESTINATION = 1;
export const QUICK_SOURCE_HIGH = 2;
export const QUICK_DESTINATION_HIGH = 3;
export const QUICK_IN = 4;
export const QUICK_OUT = 5;
/** Source port << 16 | destination port. */
export const QUICK_PORTS = 6;
export const QUICK_PROTOCOL = 7;
export const QUICK_WORDS = 8;

/** Numbers of a rule in the array of quick tests: which word, its masked value, its mask, and its run (see encodeRuns). */
export const QUICK_STRIDE = 4;

interface Candidate {
  readonly word: number;
  readonly value: number;
  readonly mask: number;
  /** How much it is likely to reject. */
  readonly weight: number;
}

/**
 * Chooses for a rule the one masked comparison that is likeliest to fail for packets the rule is not for: most rules
 * are passed over by that alone. The mask stays 0 when a rule has nothing that can be tested so.
 */
export function encodeQuickTest(
  into: Int32Array,
  index: number,
  rule: RuleSpecification,
  family: number,
  patterns: InterfacePatterns,
): void {
  const best = candidates(rule, family, patterns).sort((a, b) => b.weight - a.weight)[0];
  if (best === undefined) return;
  const at = index * QUICK_STRIDE;
  into[at] = best.word;
  into[at + 1] = best.value & best.mask;
  into[at + 2] = best.mask;
}

/**
 * Tells each rule how many from it on, itself included, look at the same word under the same mask: the word is then
 * fetched once for all of them.
 */
export function encodeRuns(quick: Int32Array): void {
  for (let at = quick.length - QUICK_STRIDE; at >= 0; at -= QUICK_STRIDE) {
    const next = at + QUICK_STRIDE;
    const same = next < quick.length && quick[at] === quick[next] && quick[at + 2] === quick[next + 2];
    quick[at + 3] = same ? quick[next + 3]! + 1 : 1;
  }
}

/** The first rule from `index` on that its quick test lets through. The end of a chain has mask 0 and always is. */
export function firstCandidate(quick: Int32Array, packetWords: Int32Array, index: number): number {
  let at = index << 2;
  for (;;) {
    const value = packetWords[quick[at]!]! & quick[at + 2]!;
    const end = at + (quick[at + 3]! << 2);
    while (at < end && quick[at + 1] !== value) at += 4;
    if (at < end) return at >> 2;
  }
}

function candidates(rule: RuleSpecification, family: number, patterns: InterfacePatterns): Candidate[] {
  const found: Candidate[] = [];
  addAddress(found, rule.destination, family, QUICK_DESTINATION, QUICK_DESTINATION_HIGH);
  addAddress(found, rule.source, family, QUICK_SOURCE, QUICK_SOURCE_HIGH);
  const inside = patterns.exactNumber(rule.inInterface);
  if (inside > 0) found.push({ word: QUICK_IN, value: inside, mask: -1, weight: 20 });
  const outside = patterns.exactNumber(rule.outInterface);
  if (outside > 0) found.push({ word: QUICK_OUT, value: outside, mask: -1, weight: 21 });
  const ports = rule.matches.find((match) => match.ports !== undefined)?.ports;
  if (ports !== undefined) {
    if (ports.destinationLow === ports.destinationHigh)
      found.push({ word: QUICK_PORTS, value: ports.destinationLow, mask: 0xffff, weight: 25 });
    if (ports.sourceLow === ports.sourceHigh)
      found.push({ word: QUICK_PORTS, value: ports.sourceLow << 16, mask: 0xffff0000 | 0, weight: 24 });
  }
  if (rule.protocol !== 0 && !rule.protocolInverted)
    found.push({ word: QUICK_PROTOCOL, value: rule.protocol, mask: 0xff, weight: 1 });
  return found;
}

function addAddress(
  found: Candidate[],
  test: AddressTest | null,
  family: number,
  word: number,
  highWord: number,
): void {
  if (test === null || test.inverted) return;
  const add = (which: number, i: number) => {
    const mask = test.mask[i]! | 0;
    if (mask === 0) return;
    const bits = bitsOf(mask);
    found.push({ word: which, value: test.words[i]! | 0, mask, weight: bits === 32 ? 32 : bits / 2 });
  };
  if (family === AF_INET) {
    add(word, 0);
    return;
  }
  add(word, 3);
  add(highWord, 1);
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let left = mask >>> 0; left !== 0; left >>>= 1) count += left & 1;
  return count;
}
