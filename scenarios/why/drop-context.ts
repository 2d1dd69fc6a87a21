import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { HOOK_NAMES } from '../../core/netfilter/hook.ts';
import type { DropReasonName } from '../../core/packet/drop-reason.ts';
import type { Packet } from '../../core/packet/packet.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';
import type { RulePlace } from './life.ts';

type Match = TraceStep & { kind: 'matched' };

/** More packets than this are not on their way at once. */
const MAX_REMEMBERED = 100_000;

/** Remembers what drops do not say themselves: the namespace of what is sent, and the rule that was matched last. */
export class DropContext {
  private readonly matches = new Map<number, Match>();
  private lastNamespace: NetNamespace | null = null;

  note(netns: NetNamespace, packet: Packet, step: TraceStep): void {
    this.lastNamespace = netns;
    if (step.kind !== 'matched') return;
    // Put at the end of the map, so that the first is the oldest.
    this.matches.delete(packet.id);
    this.matches.set(packet.id, step);
    if (this.matches.size > MAX_REMEMBERED) this.forgetOldest();
  }

  /** Where a packet is dropped; what has no device yet was about to be sent by the namespace that acted last. */
  namespaceOf(host: Host, where: NetDevice | null): NetNamespace {
    if (where !== null) return where.netns;
    return this.lastNamespace?.host === host ? this.lastNamespace : host.initNamespace;
  }

  /** The rule that dropped a packet, when it was dropped by one. */
  ruleOf(packet: Packet, reason: DropReasonName): RulePlace | null {
    const match = this.matches.get(packet.id);
    if (match === undefined || reason !== 'NETFILTER_DROP' || !isDropping(match)) return null;
    return rulePlace(match);
  }

  private forgetOldest(): void {
    const [oldest] = this.matches.keys();
    this.matches.delete(oldest!);
  }
}

function isDropping({ chain, rule }: Match): boolean {
  if (rule === null) return chain.isBuiltin && chain.policy === 'DROP';
  const { jump, target } = rule.specification;
  return jump === 'DROP' || target?.name === 'REJECT';
}

export function rulePlace({ table, hook, chain, rule, number }: Match): RulePlace {
  const what = rule !== null ? 'rule' : chain.isBuiltin ? 'policy' : 'return';
  const text = rule !== null ? rule.text.trim() : chain.isBuiltin ? chain.policy : '';
  return { table, hook: HOOK_NAMES[hook]!, chain: chain.name, what, number, text };
}

/** `filter FORWARD: DOCKER-USER rule 1 (-j RETURN)`. */
export function ruleText({ table, hook, chain, what, number, text }: RulePlace): string {
  const where = `${table} ${hook}: `;
  if (what === 'policy') return `${where}policy ${text}`;
  if (what === 'return') return `${where}end of ${chain}`;
  return `${where}${chain === hook ? '' : `${chain} `}rule ${number} (${text})`;
}
