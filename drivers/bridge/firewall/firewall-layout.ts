/**
 * What the bridge driver wants of the firewall. How it is written as rules is a release's layout: the classic one
 * of 20.10 to 27, that of 28, and that of 29.
 */
import type { GatewayMode } from '../options.ts';

/** A bridge network, of one address family, as the firewall sees it. */
export interface FirewallNetwork {
  readonly bridge: string;
  /** `172.17.0.0/16`, masked. */
  readonly subnet: string;
  readonly internal: boolean;
  /** Containers may talk to each other. */
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** `host_ipv4`: SNAT to this instead of MASQUERADE. */
  readonly snatTo: string | null;
  readonly gatewayMode: GatewayMode;
  /** Interfaces of the host whose networks may send to containers' own addresses (28.2 and later). */
  readonly trustedInterfaces: readonly string[];
}

/** A published port. */
export interface FirewallPort {
  readonly protocol: string;
  /** '' for every address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: string;
  readonly containerPort: number;
}

/** A legacy link: `parent` may reach `child` on its exposed ports although icc is off. */
export interface FirewallLink {
  readonly parent: string;
  readonly child: string;
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

export interface FirewallLayout {
  /** At the start of the daemon: its chains, empty. */
  setUpDaemon(): void;
  /** After any network was made: DOCKER-USER comes first again. */
  arrangeUserChain(): void;
  addNetwork(network: FirewallNetwork): void;
  removeNetwork(network: FirewallNetwork): void;
  /** A container's address came to a network, whether or not it publishes anything. */
  addEndpoint(network: FirewallNetwork, address: string): void;
  removeEndpoint(network: FirewallNetwork, address: string): void;
  addPort(network: FirewallNetwork, port: FirewallPort): void;
  removePort(network: FirewallNetwork, port: FirewallPort): void;
  addLink(network: FirewallNetwork, link: FirewallLink): void;
  removeLink(network: FirewallNetwork, link: FirewallLink): void;
}
