import { isAtLeast, type EngineRelease } from '../../engine-release.ts';
import type { Iptables } from '../../iptables.ts';
import { ClassicLayout } from './classic-layout.ts';
import type { FirewallLayout } from './firewall-layout.ts';
import { Layout28 } from './layout-28.ts';

export interface LayoutSettings {
  /** The userland proxy is off. */
  readonly hairpin: boolean;
  /** Containers may be sent to from outside the host by their own addresses. */
  readonly allowDirectRouting: boolean;
}

/** The layout that a release writes. */
export function createFirewallLayout(
  release: EngineRelease,
  iptables: Iptables,
  settings: LayoutSettings,
): FirewallLayout {
  if (!isAtLeast(release, 28)) return new ClassicLayout(iptables, settings.hairpin);
  return new Layout28(iptables, {
    ...settings,
    generation: isAtLeast(release, 29) ? 29 : 28,
    dropsByAddress: isAtLeast(release, 28, 2),
  });
}
