import type { FirewallLayout } from './firewall-layout.ts';

/** `iptables: false`: the daemon writes no rules. */
export class NoFirewall implements FirewallLayout {
  daemonStart(): void {}
  addNetwork(): void {}
  removeNetwork(): void {}
  addPort(): void {}
  removePort(): void {}
  addLink(): void {}
  removeLink(): void {}
}
