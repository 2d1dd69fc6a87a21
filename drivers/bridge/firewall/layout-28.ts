/**
 * The rules of release 28.0.1 and later, and with `generation` 29 those of 29, where isolation between networks is
 * left to the default drop in DOCKER (moby integration/network/bridge/iptablesdoc, bridge/internal/iptabler).
 * Not modelled: the ipset form that only 28.0.0 had.
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
  type Rule,
} from './nat-rules.ts';

const DOCKER_FORWARD = 'DOCKER-FORWARD';
const DOCKER_BRIDGE = 'DOCKER-BRIDGE';
const DOCKER_CT = 'DOCKER-CT';
const DOCKER_INTERNAL = 'DOCKER-INTERNAL';

export interface Layout28Options {
  readonly hairpin: boolean;
  /** Nothing keeps others from containers’ own addresses. */
  readonly allowDirectRouting: boolean;
  readonly generation: 28 | 29;
  /** 28.2 and later: raw drops by address alone, and no RETURN in DOCKER-USER. */
  readonly dropsByAddress: boolean;
}

export class Layout28 implements FirewallLayout {
  private readonly iptables: Iptables;
  private readonly options: Layout28Options;

  constructor(iptables: Iptables, options: Layout28Options) {
    this.iptables = iptables;
    this.options = options;
  }

  private get isolates(): boolean {
    return this.options.generation === 28;
  }

  private get internalChain(): string {
    return this.isolates ? ISOLATION_STAGE_1 : DOCKER_INTERNAL;
  }

  setUpDaemon(): void {
    const { iptables } = this;
    removeNatJumps(iptables);
    const isolation = this.isolates ? [ISOLATION_STAGE_1, ISOLATION_STAGE_2] : [DOCKER_INTERNAL];
    const chains: [string, string][] = [['nat', DOCKER_CHAIN]];
    for (const chain of [DOCKER_CHAIN, DOCKER_FORWARD, DOCKER_BRIDGE, DOCKER_CT, ...isolation]) {
      chains.push(['filter', chain]);
    }
    for (const [table, chain] of chains) {
      if (iptables.hasChain(table, chain)) iptables.run('-t', table, '-F', chain);
      else iptables.run('-t', table, '-N', chain);
    }
    for (const chain of [DOCKER_CT, this.internalChain, DOCKER_BRIDGE]) {
      iptables.append('filter', DOCKER_FORWARD, '-j', chain);
    }
    iptables.ensureJump('filter', 'FORWARD', DOCKER_FORWARD);
    addNatJumps(iptables, this.options.hairpin);
  }

  arrangeUserChain(): void {
    this.iptables.ensureChain('filter', DOCKER_USER);
    if (!this.options.dropsByAddress) this.iptables.addReturn('filter', DOCKER_USER);
    this.iptables.ensureJump('filter', 'FORWARD', DOCKER_USER);
  }

  addNetwork(network: FirewallNetwork): void {
    const { iptables } = this;
    const { bridge } = network;
    if (network.internal) {
      this.addInternalNetwork(network);
      return;
    }
    for (const rule of this.natRules(network)) iptables.insert('nat', 'POSTROUTING', ...rule);
    if (this.returnsInNat(network)) iptables.insert('nat', DOCKER_CHAIN, '-i', bridge, '-j', 'RETURN');
    for (const rule of inboundRules(network)) iptables.append('filter', DOCKER_CHAIN, ...rule);
    iptables.append('filter', DOCKER_BRIDGE, '-o', bridge, '-j', DOCKER_CHAIN);
    iptables.append('filter', DOCKER_CT, ...establishedRule(bridge));
    for (const rule of outboundRules(network)) iptables.append('filter', DOCKER_FORWARD, ...rule);
    if (!this.isolates) return;
    iptables.append('filter', ISOLATION_STAGE_1, '-i', bridge, '!', '-o', bridge, '-j', ISOLATION_STAGE_2);
    iptables.insert('filter', ISOLATION_STAGE_2, '-o', bridge, '-j', 'DROP');
    if (network.gatewayMode !== 'routed') return;
    iptables.insert('filter', ISOLATION_STAGE_1, '-o', bridge, '-j', 'RETURN');
    iptables.insert('filter', ISOLATION_STAGE_1, ...repliesFromRule(bridge));
  }

  removeNetwork(network: FirewallNetwork): void {
    const { iptables } = this;
    const { bridge } = network;
    if (network.internal) {
      iptables.delete('filter', DOCKER_FORWARD, ...withinRule(network));
      for (const rule of internalRules(network)) iptables.delete('filter', this.internalChain, ...rule);
      return;
    }
    for (const rule of this.natRules(network)) iptables.delete('nat', 'POSTROUTING', ...rule);
    iptables.delete('nat', DOCKER_CHAIN, '-i', bridge, '-j', 'RETURN');
    for (const rule of inboundRules(network)) iptables.delete('filter', DOCKER_CHAIN, ...rule);
    iptables.delete('filter', DOCKER_BRIDGE, '-o', bridge, '-j', DOCKER_CHAIN);
    iptables.delete('filter', DOCKER_CT, ...establishedRule(bridge));
    for (const rule of outboundRules(network)) iptables.delete('filter', DOCKER_FORWARD, ...rule);
    if (!this.isolates) return;
    iptables.delete('filter', ISOLATION_STAGE_1, '-i', bridge, '!', '-o', bridge, '-j', ISOLATION_STAGE_2);
    iptables.delete('filter', ISOLATION_STAGE_2, '-o', bridge, '-j', 'DROP');
    iptables.delete('filter', ISOLATION_STAGE_1, '-o', bridge, '-j', 'RETURN');
    iptables.delete('filter', ISOLATION_STAGE_1, ...repliesFromRule(bridge));
  }

  addEndpoint(network: FirewallNetwork, address: string): void {
    for (const rule of this.rawAddressRules(network, address)) {
      this.iptables.append('raw', 'PREROUTING', ...rule);
    }
  }

  removeEndpoint(network: FirewallNetwork, address: string): void {
    for (const rule of this.rawAddressRules(network, address)) {
      this.iptables.delete('raw', 'PREROUTING', ...rule);
    }
  }

  addPort(network: FirewallNetwork, port: FirewallPort): void {
    const { iptables } = this;
    for (const rule of this.rawPortRules(network, port)) iptables.append('raw', 'PREROUTING', ...rule);
    if (network.gatewayMode !== 'routed') {
      iptables.append('nat', DOCKER_CHAIN, ...dnatRule(network, port, this.options.hairpin));
      if (this.options.hairpin) iptables.append('nat', 'POSTROUTING', ...masqueradeSelfRule(port));
    }
    if (network.gatewayMode !== 'nat-unprotected') {
      iptables.insert('filter', DOCKER_CHAIN, ...acceptPortRule(network, port));
    }
  }

  removePort(network: FirewallNetwork, port: FirewallPort): void {
    const { iptables } = this;
    for (const rule of this.rawPortRules(network, port)) iptables.delete('raw', 'PREROUTING', ...rule);
    iptables.delete('nat', DOCKER_CHAIN, ...dnatRule(network, port, this.options.hairpin));
    iptables.delete('nat', 'POSTROUTING', ...masqueradeSelfRule(port));
    iptables.delete('filter', DOCKER_CHAIN, ...acceptPortRule(network, port));
  }

  addLink(network: FirewallNetwork, link: FirewallLink): void {
    for (const port of link.ports) {
      for (const rule of linkRules(network, link, port))
        this.iptables.insert('filter', DOCKER_CHAIN, ...rule);
    }
  }

  removeLink(network: FirewallNetwork, link: FirewallLink): void {
    for (const port of link.ports) {
      for (const rule of linkRules(network, link, port))
        this.iptables.delete('filter', DOCKER_CHAIN, ...rule);
    }
  }

  private addInternalNetwork(network: FirewallNetwork): void {
    this.iptables.append('filter', DOCKER_FORWARD, ...withinRule(network));
    for (const rule of internalRules(network)) this.iptables.insert('filter', this.internalChain, ...rule);
  }

  private returnsInNat(network: FirewallNetwork): boolean {
    return this.isolates && network.masquerade && !this.options.hairpin && network.gatewayMode !== 'routed';
  }

  private natRules(network: FirewallNetwork): Rule[] {
    if (network.gatewayMode === 'routed') return [];
    const rules = network.masquerade ? [masqueradeRule(network)] : [];
    if (this.options.hairpin) rules.push(masqueradeHostRule(network));
    return rules;
  }

  /** 28.2 and later: what keeps others from a container's address, but for interfaces that are trusted. */
  private rawAddressRules(network: FirewallNetwork, address: string): Rule[] {
    if (!this.options.dropsByAddress || !this.protectsAddresses(network)) return [];
    const trusted = network.trustedInterfaces.map((name) => ['-d', address, '-i', name, '-j', 'ACCEPT']);
    return [...trusted, ['-d', address, '!', '-i', network.bridge, '-j', 'DROP']];
  }

  private protectsAddresses({ internal, gatewayMode }: FirewallNetwork): boolean {
    return !internal && gatewayMode === 'nat' && !this.options.allowDirectRouting;
  }

  /** 28.0 and 28.1: the same by published port; and what keeps others from ports published on loopback. */
  private rawPortRules(network: FirewallNetwork, port: FirewallPort): Rule[] {
    const match = ['-p', port.protocol, '-m', port.protocol, '--dport'];
    const rules: Rule[] = [];
    if (!this.options.dropsByAddress && this.protectsAddresses(network)) {
      rules.push([
        ...['-d', port.containerIp, '!', '-i', network.bridge],
        ...[...match, String(port.containerPort), '-j', 'DROP'],
      ]);
    }
    if (port.hostIp.startsWith('127.')) {
      rules.push(['-d', port.hostIp, '!', '-i', 'lo', ...match, String(port.hostPort), '-j', 'DROP']);
    }
    return rules;
  }
}

function establishedRule(bridge: string): Rule {
  return ['-o', bridge, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'];
}

function repliesFromRule(bridge: string): Rule {
  return ['-i', bridge, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'];
}

/** What comes from outside: dropped unless a port's rule, which stands before, took it. */
function inboundRules({ bridge, gatewayMode }: FirewallNetwork): Rule[] {
  const others = ['!', '-i', bridge, '-o', bridge, '-j'];
  switch (gatewayMode) {
    case 'nat-unprotected':
      return [[...others, 'ACCEPT']];
    case 'routed':
      return [
        ['-o', bridge, '-p', 'icmp', '-j', 'ACCEPT'],
        [...others, 'DROP'],
      ];
    default:
      return [[...others, 'DROP']];
  }
}

function outboundRules({ bridge, icc }: FirewallNetwork): Rule[] {
  if (icc) return [['-i', bridge, '-j', 'ACCEPT']];
  return [
    ['-i', bridge, '-o', bridge, '-j', 'DROP'],
    ['-i', bridge, '!', '-o', bridge, '-j', 'ACCEPT'],
  ];
}

function withinRule({ bridge, icc }: FirewallNetwork): Rule {
  return ['-i', bridge, '-o', bridge, '-j', icc ? 'ACCEPT' : 'DROP'];
}

function internalRules({ bridge, subnet }: FirewallNetwork): Rule[] {
  return [
    ['!', '-d', subnet, '-i', bridge, '-j', 'DROP'],
    ['!', '-s', subnet, '-o', bridge, '-j', 'DROP'],
  ];
}
