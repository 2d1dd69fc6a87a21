import type { Chain, Rule, RuleSpecification } from './rule.ts';
import type { Table } from './table.ts';

/** The kernel's complaint about chains that lead back to themselves (ELOOP). */
export class ChainLoopError extends Error {}
/** A target or match in a table or below a hook where it may not be (EINVAL). */
export class MisplacedRuleError extends Error {}

/**
 * The hooks from which each user chain of a table can be reached, as masks of 1 << hook (mark_source_chains). Kept
 * until a jump is added or removed.
 */
export class ChainGraph {
  private readonly table: Table;
  private readonly masks = new Map<string, number>();

  constructor(table: Table) {
    this.table = table;
    for (const chain of table.chains) if (chain.isBuiltin) this.mark(chain, 1 << chain.hook);
  }

  hooksOf(chain: Chain): number {
    return this.masks.get(chain.name) ?? 0;
  }

  private mark(chain: Chain, mask: number): void {
    const old = this.masks.get(chain.name) ?? 0;
    if ((old | mask) === old) return;
    this.masks.set(chain.name, old | mask);
    for (const next of successors(this.table, chain)) this.mark(next, old | mask);
  }
}

/** Checks that a rule may be put into a chain; throws when the kernel would refuse it. */
export function checkPlacement(table: Table, chain: Chain, rule: RuleSpecification): void {
  if (rule.target?.tables?.includes(table.name) === false) throw new MisplacedRuleError();
  const target = rule.jump === '' ? undefined : table.chain(rule.jump);
  const restricted = hooksAllowed(rule);
  if (restricted !== ~0 && (table.graph().hooksOf(chain) & ~restricted) !== 0) throw new MisplacedRuleError();
  if (target === undefined) return;
  const below = reachable(table, target);
  if (below.includes(chain)) throw new ChainLoopError();
  const mask = table.graph().hooksOf(chain);
  for (const next of below) {
    for (const other of next.rules) {
      if ((mask & ~hooksAllowed(other.specification)) !== 0) throw new MisplacedRuleError();
    }
  }
}

/** The hooks a rule's target and matches allow. */
function hooksAllowed(rule: RuleSpecification): number {
  let mask = rule.target?.hooks ?? ~0;
  for (const match of rule.matches) mask &= match.hooks ?? ~0;
  return mask;
}

function reachable(table: Table, start: Chain): Chain[] {
  const found = [start];
  for (let i = 0; i < found.length; i++) {
    for (const next of successors(table, found[i]!)) if (!found.includes(next)) found.push(next);
  }
  return found;
}

function successors(table: Table, chain: Chain): Chain[] {
  const names = new Set(
    chain.rules.map((rule: Rule) => rule.specification.jump).filter((jump) => jump !== ''),
  );
  return [...names].map((name) => table.chain(name)).filter((next) => next !== undefined);
}
