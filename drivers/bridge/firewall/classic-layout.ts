/**
 * The rules of releases 20.10 to 27 (libnetwork drivers/bridge/setup_ip_tables.go, iptables/iptables.go,
 * firewall_linux.go), made in the order that the daemon makes them in.
 */
import type { Iptables } from '../../iptables.ts';
import type { FirewallLayout, FirewallLink, FirewallNetwork, FirewallPort } from './firewall-layout.ts';
import {
  DOCKER_CHAIN,
  DOCKER_USER,
  ISOLATION_STAGE_1,
  ISOLATION_STAGE_2,
  acceptPortRule,
  addNatJumps,
  dnatRule,
  linkRules,
  masqueradeHostRule,
  masqueradeRule,
  masqueradeSelfRule,
  removeNatJumps,
  sctpChecksumRule,
  type Rule,
} from './nat-rules.ts';

export class ClassicLayout implements FirewallLayout {
  private readonly iptables: Iptables;
  /** The userland proxy is off: published ports are reached by DNAT from everywhere. */
  private readonly hairpin: boolean;

  constructor(iptables: Iptables, hairpin: boolean) {
    this.iptables = iptables;
    this.hairpin = hairpin;
  }

  setUpDaemon(): void {
    const { iptables } = this;
    removeNatJumps(iptables);
    for (const [table, chain] of [
      ['nat', DOCKER_CHAIN],
      ['filter', DOCKER_CHAIN],
      ['filter', ISOLATION_STAGE_1],
      ['filter', ISOLATION_STAGE_2],
    ] as const) {
      if (iptables.hasChain(table, chain)) iptables.run('-t', table, '-F', chain);
      else iptables.run('-t', table, '-N', chain);
    }
    iptables.addReturn('filter', ISOLATION_STAGE_1);
    iptables.addReturn('filter', ISOLATION_STAGE_2);
  }

  arrangeUserChain(): void {
    this.iptables.ensureChain('filter', DOCKER_USER);
    this.iptables.addReturn('filter', DOCKER_USER);
    this.iptables.ensureJump('filter', 'FORWARD', DOCKER_USER);
  }

  addNetwork(network: FirewallNetwork): void {
    const { iptables } = this;
    if (network.internal) {
      for (const rule of internalRules(network)) iptables.insert('filter', ISOLATION_STAGE_1, ...rule);
      this.setIcc(network);
    } else {
      this.addRoutedNetwork(network);
    }
    iptables.ensureJump('filter', 'FORWARD', ISOLATION_STAGE_1);
    if (network.internal) return;
    iptables.insert('filter', ISOLATION_STAGE_1, ...leavingRule(network.bridge));
    iptables.insert('filter', ISOLATION_STAGE_2, '-o', network.bridge, '-j', 'DROP');
  }

  removeNetwork(network: FirewallNetwork): void {
    const { iptables } = this;
    const { bridge } = network;
    iptables.delete('filter', 'FORWARD', '-i', bridge, '-o', bridge, '-j', network.icc ? 'ACCEPT' : 'DROP');
    if (network.internal) {
      for (const rule of internalRules(network)) iptables.delete('filter', ISOLATION_STAGE_1, ...rule);
      return;
    }
    for (const rule of this.natRules(network)) iptables.delete('nat', 'POSTROUTING', ...rule);
    iptables.delete('nat', DOCKER_CHAIN, '-i', bridge, '-j', 'RETURN');
    for (const rule of forwardRules(bridge)) iptables.delete('filter', 'FORWARD', ...rule);
    iptables.delete('filter', ISOLATION_STAGE_1, ...leavingRule(bridge));
    iptables.delete('filter', ISOLATION_STAGE_2, '-o', bridge, '-j', 'DROP');
  }

  addEndpoint(): void {}

  removeEndpoint(): void {}

  addPort(network: FirewallNetwork, port: FirewallPort): void {
    const { iptables } = this;
    iptables.append('nat', DOCKER_CHAIN, ...dnatRule(network, port, this.hairpin));
    iptables.append('filter', DOCKER_CHAIN, ...acceptPortRule(network, port));
    iptables.append('nat', 'POSTROUTING', ...masqueradeSelfRule(port));
    if (port.protocol === 'sctp') iptables.append('mangle', 'POSTROUTING', ...sctpChecksumRule(port));
  }

  removePort(network: FirewallNetwork, port: FirewallPort): void {
    const { iptables } = this;
    iptables.delete('nat', DOCKER_CHAIN, ...dnatRule(network, port, this.hairpin));
    iptables.delete('filter', DOCKER_CHAIN, ...acceptPortRule(network, port));
    iptables.delete('nat', 'POSTROUTING', ...masqueradeSelfRule(port));
    if (port.protocol === 'sctp') iptables.delete('mangle', 'POSTROUTING', ...sctpChecksumRule(port));
  }

  addLink(network: FirewallNetwork, link: FirewallLink): void {
    for (const port of link.ports) {
      for (const rule of linkRules(network, link, port))
        this.iptables.append('filter', DOCKER_CHAIN, ...rule);
    }
  }

  removeLink(network: FirewallNetwork, link: FirewallLink): void {
    for (const port of link.ports) {
      for (const rule of linkRules(network, link, port))
        this.iptables.delete('filter', DOCKER_CHAIN, ...rule);
    }
  }

  private addRoutedNetwork(network: FirewallNetwork): void {
    const { iptables } = this;
    const { bridge } = network;
    for (const rule of this.natRules(network)) iptables.insert('nat', 'POSTROUTING', ...rule);
    if (network.masquerade && !this.hairpin)
      iptables.insert('nat', DOCKER_CHAIN, '-i', bridge, '-j', 'RETURN');
    this.setIcc(network);
    const [outgoing, toDocker, established] = forwardRules(bridge);
    iptables.insert('filter', 'FORWARD', ...outgoing!);
    addNatJumps(iptables, this.hairpin);
    iptables.insert('filter', 'FORWARD', ...toDocker!);
    iptables.insert('filter', 'FORWARD', ...established!);
  }

  private natRules(network: FirewallNetwork): Rule[] {
    const rules = network.masquerade ? [masqueradeRule(network)] : [];
    if (this.hairpin) rules.push(masqueradeHostRule(network));
    return rules;
  }

  /** setIcc: ACCEPT is inserted; DROP goes to the end of FORWARD. */
  private setIcc(network: FirewallNetwork): void {
    const { iptables } = this;
    const within = ['-i', network.bridge, '-o', network.bridge, '-j'];
    iptables.delete('filter', 'FORWARD', ...within, network.icc ? 'DROP' : 'ACCEPT');
    if (network.icc) iptables.insert('filter', 'FORWARD', ...within, 'ACCEPT');
    else iptables.append('filter', 'FORWARD', ...within, 'DROP');
  }
}

function leavingRule(bridge: string): Rule {
  return ['-i', bridge, '!', '-o', bridge, '-j', ISOLATION_STAGE_2];
}

/** The rules of a network in FORWARD, in the order they are inserted. */
function forwardRules(bridge: string): Rule[] {
  return [
    ['-i', bridge, '!', '-o', bridge, '-j', 'ACCEPT'],
    ['-o', bridge, '-j', DOCKER_CHAIN],
    ['-o', bridge, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'],
  ];
}

/** Nothing from or to an internal network but its own subnet. */
function internalRules({ bridge, subnet }: FirewallNetwork): Rule[] {
  return [
    ['!', '-d', subnet, '-i', bridge, '-j', 'DROP'],
    ['!', '-s', subnet, '-o', bridge, '-j', 'DROP'],
  ];
}
