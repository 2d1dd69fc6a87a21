import type { SecurityAssociation } from './security-association.ts';
import type { XfrmPolicy, XfrmTemplate } from './xfrm-policy.ts';

/** Whether a packet that these associations opened is what the policy's templates ask for (__xfrm_policy_check). */
export function satisfiesPolicy(policy: XfrmPolicy, path: readonly SecurityAssociation[]): boolean {
  let next = 0;
  // Templates are in the order of sending, so the packet was opened by the last one first.
  for (let i = policy.templates.length - 1; i >= 0; i--) {
    next = afterTemplate(policy.templates[i]!, path, next);
    if (next < 0) return false;
  }
  return isPlainTransport(path, next);
}

/** Whether nothing but transport mode is left of the path (secpath_has_nontransport, reversed). */
export function isPlainTransport(path: readonly SecurityAssociation[], from: number): boolean {
  for (let i = from; i < path.length; i++) if (path[i]!.mode !== 'transport') return false;
  return true;
}

/** xfrm_policy_ok: the place in the path after the association that fits the template; −1 when none does. */
function afterTemplate(template: XfrmTemplate, path: readonly SecurityAssociation[], from: number): number {
  const optional = template.optional;
  if (optional && template.mode === 'transport') return from;
  for (let i = from; i < path.length; i++) {
    if (fits(template, path[i]!)) return i + 1;
    if (path[i]!.mode !== 'transport') break;
  }
  return optional ? from : -1;
}

/** xfrm_state_ok. */
function fits(template: XfrmTemplate, association: SecurityAssociation): boolean {
  if (template.protocol !== association.protocol || template.mode !== association.mode) return false;
  if (template.spi !== 0 && template.spi !== association.spi) return false;
  if (template.reqid !== 0 && template.reqid !== association.reqid) return false;
  if (template.mode === 'transport') return true;
  return (
    (template.source === 0 || template.source === association.source) &&
    (template.destination === 0 || template.destination === association.destination)
  );
}
