import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../core/netfilter/tables/table.ts';
import {
  CHAINS,
  commandOf,
  forward,
  packetArbitrary,
  ruleArbitrary,
  tableOf,
  type PlainRule,
} from './random-rules.ts';

/** Packets and bytes. */
type Count = readonly [number, number];

const NONE: Count = [0, 0];
const plus = (a: Count, b: Count): Count => [a[0] + b[0], a[1] + b[1]];
const minus = (a: Count, b: Count): Count => [a[0] - b[0], a[1] - b[1]];
const sum = (counts: readonly Count[]): Count => counts.reduce(plus, NONE);

/** A rule with what it counted, what came to it and what went on behind it. */
interface CountedRule {
  rule: PlainRule;
  matched: Count;
  reached: Count;
  passed: Count;
}

/** A probe, which counts whatever comes to it, before every rule of a chain and behind the last. */
function withProbes(rules: readonly PlainRule[]): string[] {
  return CHAINS.flatMap((chain) => {
    const probe = `-A ${chain}`;
    const own = rules.filter((rule) => rule.chain === chain);
    return [probe, ...own.flatMap((rule) => [commandOf(rule), probe])];
  });
}

function countedRules(table: Table, rules: readonly PlainRule[], chain: string): CountedRule[] {
  const counts = table.chain(chain)!.rules.map(({ packets, bytes }): Count => [packets, bytes]);
  return rules
    .filter((rule) => rule.chain === chain)
    .map((rule, i) => ({
      rule,
      reached: counts[2 * i]!,
      matched: counts[2 * i + 1]!,
      passed: counts[2 * i + 2]!,
    }));
}

/** What came to a chain's first probe. */
function entered(table: Table, chain: string): Count {
  const { packets, bytes } = table.chain(chain)!.rules[0]!;
  return [packets, bytes];
}

/** What came to a chain's last probe, and so to its end. */
function cameToTheEnd(table: Table, chain: string): Count {
  const { packets, bytes } = table.chain(chain)!.rules.at(-1)!;
  return [packets, bytes];
}

const isVerdict = ({ rule }: CountedRule) => rule.jump === 'ACCEPT' || rule.jump === 'DROP';
const isCall = ({ rule }: CountedRule) => CHAINS.includes(rule.jump) && !rule.isGoto;
const matchedBy = (rules: readonly CountedRule[]) => sum(rules.map(({ matched }) => matched));
const lostBy = (rules: readonly CountedRule[]) =>
  sum(rules.map(({ reached, passed }) => minus(reached, passed)));

/** Behind a rule comes what came to it, less what the rule ended or sent elsewhere for good. */
function checkRule(counted: CountedRule): void {
  const { rule, matched, reached, passed } = counted;
  const lost = minus(reached, passed);
  if (isCall(counted)) {
    // What the chain returned goes on.
    for (const i of [0, 1] as const) {
      expect(lost[i]).toBeGreaterThanOrEqual(0);
      expect(lost[i]).toBeLessThanOrEqual(matched[i]);
    }
    return;
  }
  expect(lost).toEqual(rule.jump === '' || rule.jump === 'MARK' ? NONE : matched);
}

function checkCounters(table: Table, rules: readonly PlainRule[], all: Count): void {
  const ofChain = new Map(CHAINS.map((chain) => [chain, countedRules(table, rules, chain)]));
  const every = [...ofChain.values()].flat();
  const { packets, bytes } = table.chain('FORWARD')!;
  const policy: Count = [packets, bytes];

  every.forEach(checkRule);
  // Every packet has one verdict: a rule's or the policy's.
  expect(plus(matchedBy(every.filter(isVerdict)), policy)).toEqual(all);
  for (const [chain, own] of ofChain) {
    const callers = every.filter(({ rule }) => rule.jump === chain);
    expect(entered(table, chain)).toEqual(chain === 'FORWARD' ? all : matchedBy(callers));
    // What a chain did not keep came to its end.
    expect(cameToTheEnd(table, chain)).toEqual(minus(entered(table, chain), lostBy(own)));
  }
  if (every.some(({ rule }) => rule.isGoto)) return;

  // Of a goto the counters do not tell which of its packets came back. Without, each chain's account is closed.
  for (const [chain, own] of ofChain) {
    const calls = every.filter(({ rule }) => rule.jump === chain);
    const verdicts = plus(matchedBy(own.filter(isVerdict)), lostBy(own.filter(isCall)));
    if (chain !== 'FORWARD') expect(lostBy(calls)).toEqual(verdicts);
  }
  const returned = matchedBy(ofChain.get('FORWARD')!.filter(({ rule }) => rule.jump === 'RETURN'));
  expect(policy).toEqual(plus(cameToTheEnd(table, 'FORWARD'), returned));
}

const rulesArbitrary = fc.array(ruleArbitrary, { minLength: 1, maxLength: 25 });
const packetsArbitrary = fc.array(fc.tuple(packetArbitrary, fc.nat(1400)), { minLength: 1, maxLength: 15 });

describe('counters add up', () => {
  it.each([
    ['with jumps alone', rulesArbitrary.map((rules) => rules.map((rule) => ({ ...rule, isGoto: false })))],
    ['with gotos', rulesArbitrary],
  ])('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, packetsArbitrary, (rules, packets) => {
        const lab = tableOf(withProbes(rules));
        const { table } = lab;
        let all = NONE;
        packets.forEach(([plain, size], i) => {
          // Reading the counters, or compiling the rules anew, neither loses nor repeats what was counted. (iptables
          // itself zeroes the policies' counters when it changes a table.)
          if (i % 3 === 1) table.syncCounters();
          if (i % 4 === 2) table.addChain(`LATER${i}`);
          forward(lab, plain, new Array<number>(size).fill(0));
          all = plus(all, [1, (plain.protocol === 'tcp' ? 40 : 28) + size]);
        });
        table.syncCounters();
        table.syncCounters();
        checkCounters(table, rules, all);
      }),
      { numRuns: 150 },
    );
  });
});
