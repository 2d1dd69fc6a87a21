import type { Match, Target } from './match.ts';

/** An address with its mask, as words: one for IPv4, four for IPv6. The address is masked. */
export interface AddressTest {
  readonly words: readonly number[];
  readonly mask: readonly number[];
  readonly inverted: boolean;
}

/** A device name, with `+` at its end for any ending. */
export interface InterfaceTest {
  readonly name: string;
  readonly inverted: boolean;
}

/** What a rule says: the header that every rule has, its matches and what to do. */
export interface RuleSpecification {
  readonly source: AddressTest | null;
  readonly destination: AddressTest | null;
  readonly inInterface: InterfaceTest | null;
  readonly outInterface: InterfaceTest | null;
  /** 0 for any. */
  readonly protocol: number;
  readonly protocolInverted: boolean;
  /** `-f`: fragments but the first; null when not asked. */
  readonly fragment: { readonly inverted: boolean } | null;
  readonly matches: readonly Match[];
  /** An extension target; null with `jump` for a standard verdict or chain, or no target at all. */
  readonly target: Target | null;
  /** ACCEPT, DROP, RETURN or a chain; '' when there is an extension target or none. */
  readonly jump: string;
  readonly isGoto: boolean;
}

/** A rule in a chain, with its counters. */
export class Rule {
  readonly specification: RuleSpecification;
  /** The rule as iptables-save prints it after the chain: two rules are the same when this is. */
  readonly text: string;
  packets = 0;
  bytes = 0;

  constructor(specification: RuleSpecification, text: string) {
    this.specification = specification;
    this.text = text;
  }
}

/** A chain: built-in (it has a hook and a policy) or made by a user. */
export class Chain {
  name: string;
  /** The hook of a built-in chain, −1 for others. */
  readonly hook: number;
  policy: 'ACCEPT' | 'DROP' = 'ACCEPT';
  /** Counters of the policy. */
  packets = 0;
  bytes = 0;
  readonly rules: Rule[] = [];

  constructor(name: string, hook: number) {
    this.name = name;
    this.hook = hook;
  }

  get isBuiltin(): boolean {
    return this.hook >= 0;
  }
}
