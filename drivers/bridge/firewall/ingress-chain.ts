/** Where the jump to the rules of the routing mesh stands (libnetwork service_linux.go arrangeIngressFilterRule). */
import { isAtLeast, type EngineRelease } from '../../engine-release.ts';
import type { Iptables } from '../../iptables.ts';

export const INGRESS_CHAIN = 'DOCKER-INGRESS';

/** Before the isolation of bridges: called whenever their rules have been moved to the head, and before DOCKER-USER is. */
export function arrangeIngressChain(iptables: Iptables, release: EngineRelease): void {
  if (isAtLeast(release, 28)) return;
  if (!iptables.exists('filter', 'FORWARD', ['-j', INGRESS_CHAIN])) return;
  iptables.ensureJump('filter', 'FORWARD', INGRESS_CHAIN);
}
