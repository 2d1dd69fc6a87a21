/**
 * The virtual servers in a load balancer's sandbox (libnetwork service_linux.go addLBBackend, rmLBBackend, fwMarker):
 * the service's virtual address on the interface, a mark on what comes for it, an IPVS service for the mark, and
 * source NAT so that answers come back.
 */
import { formatIpPrefix } from '../../protocols/ip-address.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { Engine } from '../engine/engine.ts';
import { Iptables } from '../iptables.ts';
import { MarkedIpvsService, loadIpvs } from '../ipvs.ts';
import { writeSysctl } from '../sysctl.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { PortConfig } from './services/service-spec.ts';

/** Settings of the kernel that load balancing wants, in the sandbox and, as dockerd has it, on the host. */
const IPVS_SETTINGS: readonly [string, string][] = [
  ['net/ipv4/vs/expire_nodest_conn', '1'],
  ['net/ipv4/vs/expire_quiescent_template', '1'],
  ['net/ipv4/vs/conn_reuse_mode', '0'],
];

/** A service on one network, as its load balancer knows it. */
export interface BalancedService {
  readonly virtualIp: number;
  readonly mark: number;
  readonly ingressPorts: readonly PortConfig[];
}

export class ServiceBalancer {
  private readonly engine: Engine;
  private readonly balancer: LoadBalancer;
  private readonly iptables: Iptables;

  constructor(engine: Engine, balancer: LoadBalancer) {
    this.engine = engine;
    this.balancer = balancer;
    this.iptables = new Iptables(balancer.sandbox.netns);
  }

  /** Adds a task; the first one brings the service. True when it did. */
  addServer(service: BalancedService, address: number): boolean {
    const ipvs = this.ipvs(service);
    const isNew = !ipvs.exists;
    if (isNew) {
      this.addAddress(service.virtualIp);
      this.addMarks(service);
      ipvs.create();
    }
    ipvs.addServer(address);
    for (const netns of [this.balancer.sandbox.netns, this.engine.host.initNamespace]) {
      loadIpvs(netns);
      for (const [key, value] of IPVS_SETTINGS) writeSysctl(netns, key, value);
    }
    return isNew;
  }

  quiesceServer(service: BalancedService, address: number): void {
    this.ipvs(service).quiesceServer(address);
  }

  reviveServer(service: BalancedService, address: number): void {
    this.ipvs(service).reviveServer(address);
  }

  removeServer(service: BalancedService, address: number): void {
    this.ipvs(service).removeServer(address);
  }

  /** The last task has gone. The address stays when another set of published ports goes on with it. */
  removeService(service: BalancedService, keepAddress: boolean): void {
    this.ipvs(service).remove();
    for (const rule of markRules(service)) this.iptables.run('-t', 'mangle', '-D', ...rule);
    if (keepAddress) return;
    const { endpoint, sandbox } = this.balancer;
    if (endpoint.device !== null) sandbox.netns.ipv4.removeAddress(endpoint.device, service.virtualIp, 32);
  }

  private addAddress(virtualIp: number): void {
    const { endpoint, sandbox } = this.balancer;
    const device = endpoint.device!;
    if (device.ipv4.addresses.some(({ local }) => local === virtualIp)) return;
    sandbox.netns.ipv4.addAddress(device, virtualIp, 32);
  }

  private addMarks(service: BalancedService): void {
    const { iptables } = this;
    const [input, ...ports] = markRules(service);
    for (const rule of ports) iptables.run('-t', 'mangle', '-A', ...rule);
    const snat = this.sourceNatRule();
    if (snat !== null && !iptables.exists('nat', 'POSTROUTING', snat)) {
      iptables.run('-t', 'nat', '-A', 'POSTROUTING', ...snat);
      loadIpvs(iptables.netns);
      writeSysctl(iptables.netns, 'net/ipv4/vs/conntrack', '1');
    }
    iptables.run('-t', 'mangle', '-A', ...input!);
  }

  /** Null where answers go past the load balancer. */
  private sourceNatRule(): string[] | null {
    const { endpoint, isDirect } = this.balancer;
    if (isDirect) return null;
    const { address, pool } = endpoint.lease4!;
    const subnet = formatIpPrefix(pool.subnet);
    const source = formatIpv4(address as number);
    return ['-m', 'ipvs', '--ipvs', '-d', subnet, '-j', 'SNAT', '--to-source', source];
  }

  private ipvs({ mark }: BalancedService): MarkedIpvsService {
    const { sandbox, isDirect } = this.balancer;
    return new MarkedIpvsService(sandbox.netns, mark, isDirect ? '-g' : '-m');
  }
}

/** The rule for the virtual address, then those for published ports. */
function markRules({ virtualIp, mark, ingressPorts }: BalancedService): string[][] {
  const target = ['-j', 'MARK', '--set-mark', String(mark)];
  return [
    ['INPUT', '-d', `${formatIpv4(virtualIp)}/32`, ...target],
    ...ingressPorts.map(({ protocol, publishedPort }) => [
      'PREROUTING',
      ...['-p', protocol, '--dport', String(publishedPort)],
      ...target,
    ]),
  ];
}
