import { logPacket } from './log-packet.ts';
import type { MatchContext } from './match.ts';
import type { RuleOrigin } from './rule-program.ts';

/** Tells the tracer, and the kernel log when the TRACE target asked for it, which rule a packet matched (trace_packet). */
export function tracePacket({ chain, rule, number }: RuleOrigin, context: MatchContext): void {
  const { netns, packet, tableName: table, hook } = context;
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'matched', table, hook, chain, rule, number });
  if (!packet.nfTrace) return;
  const comment = rule !== null ? 'rule' : chain.isBuiltin ? 'policy' : 'return';
  logPacket(context, `TRACE: ${table}:${chain.name}:${comment}:${number} `, 0x0f);
}
