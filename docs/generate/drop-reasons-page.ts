import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { DROP_REASON_TEXT } from '../../core/packet/drop-reason-text.ts';

const HEAD = `# Drop reasons

<!-- Written by docs/generate.ts from core/packet/drop-reason.ts: change the sources, not this page. -->

Every packet that ends anywhere but at its receiver is counted, once, under a reason. \`summary.json\` of a run lists
the counts of each host under \`drops\`. Names are those of the kernel's \`enum skb_drop_reason\` where it has one. The
others name the device or the mechanism.

A count is not an error by itself: a bridge floods frames to ports that do not want them, and each of those is
dropped there.

Scope and limits: one reason a packet. Reasons marked "not used yet" have a number and no code that counts under them.

| Reason | The packet was dropped because |
| --- | --- |
`;

/** The page of drop reasons: one row for each, in the order of their numbers. */
export function dropReasonsPage(): string {
  return HEAD + DROP_REASONS.map((name) => `| \`${name}\` | ${DROP_REASON_TEXT[name] ?? ''} |\n`).join('');
}
