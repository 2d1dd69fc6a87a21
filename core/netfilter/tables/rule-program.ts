import { NF_INET_NUMHOOKS } from '../hook.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import { InterfacePatterns } from './interface-patterns.ts';
import type { Match, Target } from './match.ts';
import { encodeQuickTest, encodeRuns, QUICK_STRIDE } from './quick-test.ts';
import type { AddressTest, Chain, Rule, RuleSpecification } from './rule.ts';

/** Words of a rule in `RuleProgram.words`. */
export const STRIDE = 12;
export const WORD_SOURCE = 0;
export const WORD_SOURCE_MASK = 1;
export const WORD_DESTINATION = 2;
export const WORD_DESTINATION_MASK = 3;
/** Protocol in bits 0–7, its mask (0 or 0xff) in 8–15, FLAG_* above. */
export const WORD_FLAGS = 4;
export const WORD_IN = 5;
export const WORD_OUT = 6;
/** Port ranges, low << 16 | high. */
export const WORD_SOURCE_PORTS = 7;
export const WORD_DESTINATION_PORTS = 8;
/** ACTION_* in bits 0–2, its argument above. */
export const WORD_ACTION = 9;
/** Index into `matches`, or −1. */
export const WORD_MATCHES = 10;

export const FLAG_INVERT_SOURCE = 1 << 16;
export const FLAG_INVERT_DESTINATION = 1 << 17;
export const FLAG_INVERT_PROTOCOL = 1 << 18;
export const FLAG_FRAGMENT = 1 << 19;
export const FLAG_INVERT_FRAGMENT = 1 << 20;
/** Any of these: the header needs the slow comparison. */
export const FLAG_SLOW_HEADER = 0x1f << 16;
export const FLAG_PORTS = 1 << 24;

export const ACTION_CONTINUE = 0;
export const ACTION_ACCEPT = 1;
export const ACTION_DROP = 2;
export const ACTION_RETURN = 3;
export const ACTION_JUMP = 4;
export const ACTION_GOTO = 5;
export const ACTION_TARGET = 6;

/** What rule `i` of a program is, for counters, logs and traces. */
export interface RuleOrigin {
  readonly chain: Chain;
  /** null for the end of a chain: its policy, or the return of a user chain. */
  readonly rule: Rule | null;
  /** From 1. */
  readonly number: number;
}

/**
 * A table compiled for evaluation, as the kernel's blob: all chains one after the other as flat words, each ended by
 * its policy or a return. Made anew when the rules change.
 */
export class RuleProgram {
  readonly words: Int32Array;
  /** The quick test of each rule; see quick-test.ts. */
  readonly quick: Int32Array;
  private noQuick: Int32Array | null = null;
  private readonly family: number;
  /** IPv6: source, mask, destination, mask of each rule, 16 words; null for IPv4. */
  readonly addresses6: Int32Array | null;
  /** Packets and bytes of each rule. */
  readonly counters: Float64Array;
  readonly matches: (readonly Match[])[] = [];
  readonly targets: Target[] = [];
  readonly origins: RuleOrigin[] = [];
  readonly patterns = new InterfacePatterns();
  /** The first rule and the policy of each hook's chain, −1 where the table has none. */
  readonly entries = new Int32Array(NF_INET_NUMHOOKS).fill(-1);
  readonly policies = new Int32Array(NF_INET_NUMHOOKS).fill(-1);
  /** Longest nesting of jumps there can be. */
  readonly depth: number;
  private readonly starts = new Map<string, number>();

  constructor(chains: readonly Chain[], family: number) {
    const count = chains.reduce((sum, chain) => sum + chain.rules.length + 1, 0);
    this.family = family;
    this.words = new Int32Array(count * STRIDE);
    this.quick = new Int32Array(count * QUICK_STRIDE);
    this.addresses6 = family === AF_INET ? null : new Int32Array(count * 16);
    this.counters = new Float64Array(count * 2);
    this.depth = chains.length + 1;
    let at = 0;
    for (const chain of chains) {
      this.starts.set(chain.name, at);
      at += chain.rules.length + 1;
    }
    for (const chain of chains) this.addChain(chain);
    encodeRuns(this.quick);
  }

  /** Quick tests that pass always, for a packet without ports to read: it takes the long way everywhere. */
  noQuickTests(): Int32Array {
    if (this.noQuick === null) {
      this.noQuick = new Int32Array(this.quick.length);
      encodeRuns(this.noQuick);
    }
    return this.noQuick;
  }

  /** Adds what was counted to the rules and starts from zero. */
  flushCounters(): void {
    for (let i = 0; i < this.origins.length; i++) {
      const packets = this.counters[2 * i]!;
      if (packets === 0) continue;
      const { chain, rule } = this.origins[i]!;
      const owner = rule ?? chain;
      owner.packets += packets;
      owner.bytes += this.counters[2 * i + 1]!;
    }
    this.counters.fill(0);
  }

  private addChain(chain: Chain): void {
    if (chain.isBuiltin) this.entries[chain.hook] = this.origins.length;
    chain.rules.forEach((rule, i) => {
      this.encode(rule.specification);
      this.origins.push({ chain, rule, number: i + 1 });
    });
    const at = this.origins.length * STRIDE;
    this.words[at + WORD_MATCHES] = -1;
    if (chain.isBuiltin) {
      this.policies[chain.hook] = this.origins.length;
      this.words[at + WORD_ACTION] = chain.policy === 'ACCEPT' ? ACTION_ACCEPT : ACTION_DROP;
    } else {
      this.words[at + WORD_ACTION] = ACTION_RETURN;
    }
    this.origins.push({ chain, rule: null, number: chain.rules.length + 1 });
  }

  private encode(rule: RuleSpecification): void {
    const index = this.origins.length;
    const at = index * STRIDE;
    const words = this.words;
    encodeQuickTest(this.quick, index, rule, this.family, this.patterns);
    let flags = rule.protocol === 0 ? 0 : rule.protocol | 0xff00;
    if (rule.source?.inverted === true) flags |= FLAG_INVERT_SOURCE;
    if (rule.destination?.inverted === true) flags |= FLAG_INVERT_DESTINATION;
    if (rule.protocolInverted) flags |= FLAG_INVERT_PROTOCOL;
    if (rule.fragment !== null) flags |= rule.fragment.inverted ? FLAG_INVERT_FRAGMENT : FLAG_FRAGMENT;
    if (this.addresses6 === null) {
      words[at + WORD_SOURCE] = rule.source?.words[0] ?? 0;
      words[at + WORD_SOURCE_MASK] = rule.source?.mask[0] ?? 0;
      words[at + WORD_DESTINATION] = rule.destination?.words[0] ?? 0;
      words[at + WORD_DESTINATION_MASK] = rule.destination?.mask[0] ?? 0;
    } else {
      encodeAddress6(this.addresses6, index * 16, rule.source);
      encodeAddress6(this.addresses6, index * 16 + 8, rule.destination);
    }
    words[at + WORD_IN] = this.patterns.add(rule.inInterface);
    words[at + WORD_OUT] = this.patterns.add(rule.outInterface);
    const inline = rule.matches.find((match) => match.ports !== undefined);
    const matches = rule.matches.filter((match) => match !== inline && match.name !== 'comment');
    if (inline !== undefined) {
      const ports = inline.ports!;
      flags |= FLAG_PORTS;
      words[at + WORD_SOURCE_PORTS] = (ports.sourceLow << 16) | ports.sourceHigh;
      words[at + WORD_DESTINATION_PORTS] = (ports.destinationLow << 16) | ports.destinationHigh;
    }
    words[at + WORD_FLAGS] = flags;
    words[at + WORD_MATCHES] = matches.length === 0 ? -1 : this.matches.push(matches) - 1;
    words[at + WORD_ACTION] = this.action(rule);
  }

  private action(rule: RuleSpecification): number {
    if (rule.target !== null) return ACTION_TARGET | ((this.targets.push(rule.target) - 1) << 3);
    switch (rule.jump) {
      case '':
        return ACTION_CONTINUE;
      case 'ACCEPT':
        return ACTION_ACCEPT;
      case 'DROP':
        return ACTION_DROP;
      case 'RETURN':
        return ACTION_RETURN;
      default:
        return (rule.isGoto ? ACTION_GOTO : ACTION_JUMP) | (this.starts.get(rule.jump)! << 3);
    }
  }
}

function encodeAddress6(into: Int32Array, at: number, test: AddressTest | null): void {
  if (test === null) return;
  for (let i = 0; i < 4; i++) {
    into[at + i] = test.words[i]!;
    into[at + 4 + i] = test.mask[i]!;
  }
}
