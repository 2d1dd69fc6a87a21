/** Rules of the nat table that all layouts share. */
import type { Iptables } from '../../iptables.ts';
import type { FirewallNetwork, FirewallPort } from './firewall-layout.ts';

export const DOCKER_CHAIN = 'DOCKER';
export const DOCKER_USER = 'DOCKER-USER';
export const ISOLATION_STAGE_1 = 'DOCKER-ISOLATION-STAGE-1';
export const ISOLATION_STAGE_2 = 'DOCKER-ISOLATION-STAGE-2';

/** iptables prints the parts of a rule in its own order; these are in that order. */
export type Rule = string[];

/** The way out: packets of the subnet that leave by another device. */
export function masqueradeRule(network: FirewallNetwork): Rule {
  return ['-s', network.subnet, '!', '-o', network.bridge, '-j', ...sourceNat(network)];
}

/** Without the userland proxy: the host's own packets to its containers, so that those to 127.0.0.1 get an address. */
export function masqueradeHostRule(network: FirewallNetwork): Rule {
  return ['-o', network.bridge, '-m', 'addrtype', '--src-type', 'LOCAL', '-j', ...sourceNat(network)];
}

function sourceNat(network: FirewallNetwork): Rule {
  return network.snatTo === null ? ['MASQUERADE'] : ['SNAT', '--to-source', network.snatTo];
}

/** The jumps to the nat chain DOCKER for what is addressed to the host (ProgramChain). */
export function addNatJumps(iptables: Iptables, hairpin: boolean): void {
  const toHost = ['-m', 'addrtype', '--dst-type', 'LOCAL', '-j', DOCKER_CHAIN];
  const loopback = iptables.family === 4 ? '127.0.0.0/8' : '::1/128';
  iptables.append('nat', 'PREROUTING', ...toHost);
  iptables.append('nat', 'OUTPUT', ...(hairpin ? [] : ['!', '-d', loopback]), ...toHost);
}

/** Takes away what an earlier daemon left of the nat jumps, in any form (removeIPChains). */
export function removeNatJumps(iptables: Iptables): void {
  const toHost = ['-m', 'addrtype', '--dst-type', 'LOCAL', '-j', DOCKER_CHAIN];
  const loopback = iptables.family === 4 ? '127.0.0.0/8' : '::1/128';
  iptables.delete('nat', 'PREROUTING', ...toHost);
  iptables.delete('nat', 'OUTPUT', ...toHost);
  iptables.delete('nat', 'OUTPUT', '!', '-d', loopback, ...toHost);
}

/** DNAT of a published port. With the userland proxy, packets from the bridge itself go to the proxy instead. */
export function dnatRule(network: FirewallNetwork, port: FirewallPort, hairpin: boolean): Rule {
  const isIpv6 = port.containerIp.includes(':');
  return [
    ...(port.hostIp === '' ? [] : ['-d', port.hostIp]),
    ...(hairpin ? [] : ['!', '-i', network.bridge]),
    '-p',
    port.protocol,
    '-m',
    port.protocol,
    '--dport',
    String(port.hostPort),
    '-j',
    'DNAT',
    '--to-destination',
    `${isIpv6 ? `[${port.containerIp}]` : port.containerIp}:${port.containerPort}`,
  ];
}

/** Lets packets to a published port into the bridge. */
export function acceptPortRule(network: FirewallNetwork, port: FirewallPort): Rule {
  const { bridge } = network;
  return [
    ...['-d', port.containerIp, '!', '-i', bridge, '-o', bridge],
    ...['-p', port.protocol, '-m', port.protocol, '--dport', String(port.containerPort), '-j', 'ACCEPT'],
  ];
}

/** A container that calls its own published port needs another source address. */
export function masqueradeSelfRule(port: FirewallPort): Rule {
  return [
    ...['-s', port.containerIp, '-d', port.containerIp],
    ...['-p', port.protocol, '-m', port.protocol, '--dport', String(port.containerPort), '-j', 'MASQUERADE'],
  ];
}

/** The checksum of SCTP is not rewritten by every card (mangle). */
export function sctpChecksumRule(port: FirewallPort): Rule {
  return [
    '-p',
    'sctp',
    '-m',
    'sctp',
    '--sport',
    String(port.containerPort),
    '-j',
    'CHECKSUM',
    '--checksum-fill',
  ];
}

/** Both directions of a legacy link, by protocol and port. */
export function linkRules(
  network: FirewallNetwork,
  link: { parent: string; child: string },
  port: { protocol: string; port: number },
): Rule[] {
  const { bridge } = network;
  const rule = (from: string, to: string, side: string): Rule => [
    ...['-s', from, '-d', to, '-i', bridge, '-o', bridge],
    ...['-p', port.protocol, '-m', port.protocol, side, String(port.port), '-j', 'ACCEPT'],
  ];
  return [rule(link.parent, link.child, '--dport'), rule(link.child, link.parent, '--sport')];
}
