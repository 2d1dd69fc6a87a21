import { isAtLeast, type EngineRelease } from '../../engine-release.ts';
import type { Iptables } from '../../iptables.ts';
import { ClassicLayout } from './classic-layout.ts';
import type { FirewallLayout } from './firewall-layout.ts';
import { Layout28 } from './layout-28.ts';

/** The layout that a release writes. `hairpin`: the userland proxy is off. */
export function createFirewallLayout(
  release: EngineRelease,
  iptables: Iptables,
  hairpin: boolean,
): FirewallLayout {
  if (!isAtLeast(release, 28)) return new ClassicLayout(iptables, hairpin);
  return new Layout28(iptables, {
    hairpin,
    generation: isAtLeast(release, 29) ? 29 : 28,
    dropsByAddress: isAtLeast(release, 28, 2),
  });
}
