import { logPacket } from './log-packet.ts';
import type { MatchContext } from './match.ts';
import type { RuleOrigin } from './rule-program.ts';

/** Tells the tracer, and the kernel log when the TRACE target asked for it, which rule a packet matched (trace_packet). */
export function tracePacket(origin: RuleOrigin, context: MatchContext): void {
  const { chain, rule, number } = origin;
  const comment = rule !== null ? 'rule' : chain.isBuiltin ? 'policy' : 'return';
  const place = `${context.tableName}:${chain.name}:${comment}:${number}`;
  const host = context.netns.host;
  if (host.env.tracer !== null) {
    const text = rule === null ? (chain.isBuiltin ? `policy ${chain.policy}` : 'end of chain') : rule.text;
    host.env.tracer.step(host, context.packet, `${place} ${text.trim()}`);
  }
  if (!context.packet.nfTrace) return;
  logPacket(context, `TRACE: ${place} `, 0x0f);
}
