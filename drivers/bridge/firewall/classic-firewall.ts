import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import type { Iptables } from '../../engine/iptables.ts';
import type { PortMapping } from '../../ports/port-mapping.ts';
import type { FirewallLayout, FirewallNetwork } from './firewall-layout.ts';

const ESTABLISHED = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'];

/**
 * The rules of releases 20.10 to 27 (libnetwork/drivers/bridge/setup_ip_tables.go, iptables.ProgramChain,
 * firewall_linux.go), in the order in which inserts and appends leave them.
 */
export class ClassicFirewall implements FirewallLayout {
  private readonly iptables: Iptables;
  /** Without the userland proxy packets to the host's own addresses are hairpinned. */
  private readonly hairpin: boolean;

  constructor(iptables: Iptables, hairpin: boolean) {
    this.iptables = iptables;
    this.hairpin = hairpin;
  }

  daemonStart(dropForward: boolean): void {
    const ip = this.iptables;
    ip.newChain('filter', 'DOCKER');
    ip.newChain('filter', 'DOCKER-ISOLATION-STAGE-1');
    ip.newChain('filter', 'DOCKER-ISOLATION-STAGE-2');
    ip.newChain('nat', 'DOCKER');
    ip.append('filter', 'DOCKER-ISOLATION-STAGE-1', ['-j', 'RETURN']);
    ip.append('filter', 'DOCKER-ISOLATION-STAGE-2', ['-j', 'RETURN']);
    if (dropForward) ip.run('-t', 'filter', '-P', 'FORWARD', 'DROP');
    ip.newChain('filter', 'DOCKER-USER');
    ip.append('filter', 'DOCKER-USER', ['-j', 'RETURN']);
    this.arrangeUserChain();
  }

  addNetwork(network: FirewallNetwork): void {
    this.setNetwork(network, true);
    this.arrangeUserChain();
  }

  removeNetwork(network: FirewallNetwork): void {
    this.setNetwork(network, false);
  }

  addPort(network: FirewallNetwork, port: PortMapping): void {
    const rules = this.portRules(network, port);
    for (const [table, chain, rule] of rules) this.iptables.append(table, chain, rule);
  }

  removePort(network: FirewallNetwork, port: PortMapping): void {
    for (const [table, chain, rule] of this.portRules(network, port))
      this.iptables.delete(table, chain, rule);
  }

  addLink(network: FirewallNetwork, parent: string, child: string, port: number, protocol: string): void {
    for (const rule of linkRules(network, parent, child, port, protocol))
      this.iptables.append('filter', 'DOCKER', rule);
  }

  removeLink(network: FirewallNetwork, parent: string, child: string, port: number, protocol: string): void {
    for (const rule of linkRules(network, parent, child, port, protocol))
      this.iptables.delete('filter', 'DOCKER', rule);
  }

  /** DOCKER-USER first, then the isolation chain (arrangeUserFilterRule runs after every change). */
  private arrangeUserChain(): void {
    this.iptables.ensureFirst('filter', 'FORWARD', ['-j', 'DOCKER-ISOLATION-STAGE-1']);
    this.iptables.ensureFirst('filter', 'FORWARD', ['-j', 'DOCKER-USER']);
  }

  private setNetwork(network: FirewallNetwork, enable: boolean): void {
    if (network.internal) {
      this.setInternal(network, enable);
      return;
    }
    const { bridgeName: bridge } = network;
    const ip = this.iptables;
    if (enable) this.programChains(network);
    this.change(enable, 'nat', 'POSTROUTING', masqueradeRule(network), network.masquerade);
    const fromHost = ['-o', bridge, '-m', 'addrtype', '--src-type', 'LOCAL', '-j', 'MASQUERADE'];
    this.change(enable, 'nat', 'POSTROUTING', fromHost, this.hairpin);
    this.change(enable, 'nat', 'DOCKER', ['-i', bridge, '-j', 'RETURN'], network.masquerade && !this.hairpin);
    this.setIcc(network, enable);
    this.change(enable, 'filter', 'FORWARD', ['-i', bridge, '!', '-o', bridge, '-j', 'ACCEPT'], true);
    if (enable) {
      ip.insert('filter', 'FORWARD', ['-o', bridge, '-j', 'DOCKER']);
      ip.insert('filter', 'FORWARD', ['-o', bridge, ...ESTABLISHED]);
    } else {
      ip.delete('filter', 'FORWARD', ['-o', bridge, '-j', 'DOCKER']);
      ip.delete('filter', 'FORWARD', ['-o', bridge, ...ESTABLISHED]);
    }
    this.change(
      enable,
      'filter',
      'DOCKER-ISOLATION-STAGE-1',
      ['-i', bridge, '!', '-o', bridge, '-j', 'DOCKER-ISOLATION-STAGE-2'],
      true,
    );
    this.change(enable, 'filter', 'DOCKER-ISOLATION-STAGE-2', ['-o', bridge, '-j', 'DROP'], true);
  }

  /** The jumps to nat's DOCKER chain, made with the first network (ProgramChain). */
  private programChains(_network: FirewallNetwork): void {
    const local = ['-m', 'addrtype', '--dst-type', 'LOCAL', '-j', 'DOCKER'];
    this.iptables.append('nat', 'PREROUTING', local);
    const output = this.hairpin
      ? local
      : ['-m', 'addrtype', '--dst-type', 'LOCAL', '-j', 'DOCKER', '!', '--dst', '127.0.0.0/8'];
    this.iptables.append('nat', 'OUTPUT', output);
  }

  private setInternal(network: FirewallNetwork, enable: boolean): void {
    const { bridgeName: bridge, subnet } = network;
    const chain = 'DOCKER-ISOLATION-STAGE-1';
    this.change(enable, 'filter', chain, ['!', '-d', subnet, '-i', bridge, '-j', 'DROP'], true);
    this.change(enable, 'filter', chain, ['!', '-s', subnet, '-o', bridge, '-j', 'DROP'], true);
    this.setIcc(network, enable);
  }

  private setIcc({ bridgeName: bridge, icc }: FirewallNetwork, enable: boolean): void {
    const rule = (target: string) => ['-i', bridge, '-o', bridge, '-j', target];
    const ip = this.iptables;
    if (!enable) {
      ip.delete('filter', 'FORWARD', rule(icc ? 'ACCEPT' : 'DROP'));
      return;
    }
    ip.delete('filter', 'FORWARD', rule(icc ? 'DROP' : 'ACCEPT'));
    if (icc) ip.insert('filter', 'FORWARD', rule('ACCEPT'));
    else ip.append('filter', 'FORWARD', rule('DROP'));
  }

  private change(
    enable: boolean,
    table: string,
    chain: string,
    rule: readonly string[],
    wanted: boolean,
  ): void {
    if (!wanted) return;
    if (enable) this.iptables.insert(table, chain, rule);
    else this.iptables.delete(table, chain, rule);
  }

  /** iptables.Forward: DNAT, accept, and the masquerade of a container that calls its own published port. */
  private portRules(network: FirewallNetwork, port: PortMapping): [string, string, string[]][] {
    const { bridgeName: bridge } = network;
    const address = formatIpv4(port.containerIp);
    const protocol = port.protocol;
    const destination = port.hostIp === '0.0.0.0' ? [] : ['-d', port.hostIp];
    const dnat = [
      '-p',
      protocol,
      ...destination,
      '--dport',
      String(port.hostPort),
      '-j',
      'DNAT',
      '--to-destination',
      `${address}:${port.containerPort}`,
      ...(this.hairpin ? [] : ['!', '-i', bridge]),
    ];
    const match = ['-p', protocol, '-d', address];
    const toPort = ['--dport', String(port.containerPort)];
    return [
      ['nat', 'DOCKER', dnat],
      ['filter', 'DOCKER', ['!', '-i', bridge, '-o', bridge, ...match, ...toPort, '-j', 'ACCEPT']],
      ['nat', 'POSTROUTING', ['-p', protocol, '-s', address, '-d', address, ...toPort, '-j', 'MASQUERADE']],
    ];
  }
}

function masqueradeRule({ subnet, bridgeName, hostIpv4 }: FirewallNetwork): string[] {
  const target = hostIpv4 === '' ? ['-j', 'MASQUERADE'] : ['-j', 'SNAT', '--to-source', hostIpv4];
  return ['-s', subnet, '!', '-o', bridgeName, ...target];
}

function linkRules(
  { bridgeName }: FirewallNetwork,
  parent: string,
  child: string,
  port: number,
  protocol: string,
): string[][] {
  const through = ['-i', bridgeName, '-o', bridgeName, '-p', protocol];
  return [
    [...through, '-s', parent, '-d', child, '--dport', String(port), '-j', 'ACCEPT'],
    [...through, '-s', child, '-d', parent, '--sport', String(port), '-j', 'ACCEPT'],
  ];
}
