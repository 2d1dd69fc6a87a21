import {
  markMatches,
  sameMark,
  sameSelector,
  selectorMatches,
  type XfrmFlow,
  type XfrmMark,
  type XfrmSelector,
} from './xfrm-selector.ts';
import { POLICY_DIRECTIONS, type PolicyDirection, type XfrmPolicy } from './xfrm-policy.ts';

/** Policies of one direction: those for one pair of addresses by destination, the rest in a list. */
class DirectionTable {
  /** By address as a signed number. */
  readonly byDestination = new Map<number, XfrmPolicy[]>();
  readonly inexact: XfrmPolicy[] = [];
  count = 0;

  listFor(selector: XfrmSelector): XfrmPolicy[] {
    if (selector.sourceLength !== 32 || selector.destinationLength !== 32) return this.inexact;
    let list = this.byDestination.get(selector.destination | 0);
    if (list === undefined) {
      list = [];
      this.byDestination.set(selector.destination | 0, list);
    }
    return list;
  }
}

/**
 * The security policy database of a namespace (net/xfrm/xfrm_policy.c): by direction, the lowest priority number
 * wins, among equals the oldest. Not modelled: socket policies, sub-policies, interface ids.
 */
export class PolicyDatabase {
  /** Newest first, as `ip xfrm policy` lists them. */
  private readonly all: XfrmPolicy[] = [];
  private readonly incoming = new DirectionTable();
  private readonly outgoing = new DirectionTable();
  private readonly forwarded = new DirectionTable();
  private nextIndex = 0;

  count(direction: PolicyDirection): number {
    return this.table(direction).count;
  }

  list(): readonly XfrmPolicy[] {
    return this.all;
  }

  /** The policy for a packet, or null. */
  lookup(direction: PolicyDirection, flow: XfrmFlow): XfrmPolicy | null {
    const table = this.table(direction);
    if (table.count === 0) return null;
    const exact = table.byDestination.get(flow.destination | 0);
    const best = exact === undefined ? null : firstMatch(exact, flow);
    const other = firstMatch(table.inexact, flow);
    if (best === null || other === null) return best ?? other;
    return other.priority < best.priority ? other : best;
  }

  /** The policy with exactly this selector and mark. */
  find(direction: PolicyDirection, selector: XfrmSelector, mark: XfrmMark): XfrmPolicy | undefined {
    return this.all.find(
      (policy) =>
        policy.direction === direction &&
        sameSelector(policy.selector, selector) &&
        sameMark(policy.mark, mark),
    );
  }

  findIndex(direction: PolicyDirection, index: number): XfrmPolicy | undefined {
    return this.all.find((policy) => policy.direction === direction && policy.index === index);
  }

  /** Adds a policy; one of the same selector and mark gives way, and its index to the new one. */
  insert(policy: XfrmPolicy): void {
    const replaced = this.find(policy.direction, policy.selector, policy.mark);
    if (replaced !== undefined) this.remove(replaced);
    policy.index = replaced?.index ?? this.takeIndex(policy.direction);
    this.all.unshift(policy);
    const table = this.table(policy.direction);
    const list = table.listFor(policy.selector);
    let at = list.length;
    while (at > 0 && list[at - 1]!.priority > policy.priority) at--;
    list.splice(at, 0, policy);
    table.count++;
  }

  remove(policy: XfrmPolicy): boolean {
    const index = this.all.indexOf(policy);
    if (index < 0) return false;
    this.all.splice(index, 1);
    const table = this.table(policy.direction);
    const list = table.listFor(policy.selector);
    list.splice(list.indexOf(policy), 1);
    if (list.length === 0 && list !== table.inexact)
      table.byDestination.delete(policy.selector.destination | 0);
    table.count--;
    return true;
  }

  private table(direction: PolicyDirection): DirectionTable {
    if (direction === 'out') return this.outgoing;
    return direction === 'in' ? this.incoming : this.forwarded;
  }

  /** xfrm_gen_index: the direction, and a counter in steps of eight; never 0. */
  private takeIndex(direction: PolicyDirection): number {
    const low = POLICY_DIRECTIONS.indexOf(direction);
    for (;;) {
      const index = this.nextIndex | low;
      this.nextIndex += 8;
      if (index !== 0 && this.findIndex(direction, index) === undefined) return index;
    }
  }
}

function firstMatch(policies: readonly XfrmPolicy[], flow: XfrmFlow): XfrmPolicy | null {
  for (let i = 0; i < policies.length; i++) {
    const policy = policies[i]!;
    if (markMatches(policy.mark, flow.mark) && selectorMatches(policy.selector, flow)) return policy;
  }
  return null;
}
