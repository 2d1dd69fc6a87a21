import type { PortMapping } from '../../ports/port-mapping.ts';

/** What the firewall must know of a bridge network. */
export interface FirewallNetwork {
  readonly bridgeName: string;
  /** The subnet as text, 172.18.0.0/16. */
  readonly subnet: string;
  readonly internal: boolean;
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** SNAT source, '' to masquerade. */
  readonly hostIpv4: string;
}

/**
 * The intent of Docker's firewall, which each release writes down in rules of its own (moby
 * bridge/internal/firewaller).
 */
export interface FirewallLayout {
  /** Chains and jumps that the daemon makes when it starts. `dropForward`: the daemon turned forwarding on. */
  daemonStart(dropForward: boolean): void;
  addNetwork(network: FirewallNetwork): void;
  removeNetwork(network: FirewallNetwork): void;
  addPort(network: FirewallNetwork, port: PortMapping): void;
  removePort(network: FirewallNetwork, port: PortMapping): void;
  /** `--link` on a network where containers may not talk: both directions of one exposed port. */
  addLink(network: FirewallNetwork, parent: string, child: string, port: number, protocol: string): void;
  removeLink(network: FirewallNetwork, parent: string, child: string, port: number, protocol: string): void;
}
