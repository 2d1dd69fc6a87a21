/**
 * Published ports of services on a host (libnetwork service_linux.go programIngress, plumbProxy): what comes for one
 * is sent on to the ingress sandbox, and the daemon holds the port so that nobody else takes it.
 */
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { INGRESS_CHAIN, arrangeIngressChain } from '../bridge/firewall/ingress-chain.ts';
import { createFirewallLayout } from '../bridge/firewall/create-layout.ts';
import { isAtLeast } from '../engine-release.ts';
import type { Engine } from '../engine/engine.ts';
import { Iptables } from '../iptables.ts';
import { GATEWAY_NETWORK } from '../sandbox/gateway-bridge.ts';
import { writeSysctl } from '../sysctl.ts';
import type { PortConfig } from './services/service-spec.ts';
import { bindToPort, listenOnPort } from './wildcard-sockets.ts';

const LOCAL_DESTINATION = ['-m', 'addrtype', '--dst-type', 'LOCAL'];

interface PublishedPort {
  /** Services that publish it: more than one while one takes over from another. */
  users: number;
  readonly holder: { close(): void } | null;
}

export class IngressPublisher {
  private readonly engine: Engine;
  private readonly iptables: Iptables;
  private readonly ports = new Map<string, PublishedPort>();

  constructor(engine: Engine) {
    this.engine = engine;
    this.iptables = new Iptables(engine.host.initNamespace);
  }

  /** `gateway`: the ingress sandbox's address on docker_gwbridge. */
  publish(ports: readonly PortConfig[], gateway: number): void {
    this.setUpChains();
    this.setUpLocalAccess();
    for (const port of ports) {
      const known = this.ports.get(portKey(port));
      if (known !== undefined) {
        known.users++;
        continue;
      }
      for (const [table, rule] of this.rules(port, gateway)) {
        this.iptables.run('-t', table, '-I', INGRESS_CHAIN, ...rule);
      }
      this.ports.set(portKey(port), { users: 1, holder: this.hold(port) });
    }
  }

  unpublish(ports: readonly PortConfig[], gateway: number): void {
    for (const port of ports) {
      const known = this.ports.get(portKey(port));
      if (known === undefined || --known.users > 0) continue;
      this.ports.delete(portKey(port));
      known.holder?.close();
      for (const [table, rule] of this.rules(port, gateway)) {
        this.iptables.delete(table, INGRESS_CHAIN, ...rule);
      }
    }
  }

  private setUpChains(): void {
    const { iptables, engine } = this;
    for (const table of ['nat', 'filter']) {
      iptables.ensureChain(table, INGRESS_CHAIN);
      iptables.append(table, INGRESS_CHAIN, '-j', 'RETURN');
    }
    for (const chain of ['OUTPUT', 'PREROUTING']) {
      iptables.insert('nat', chain, ...LOCAL_DESTINATION, '-j', INGRESS_CHAIN);
    }
    const parent = isAtLeast(engine.release, 28) ? 'DOCKER-FORWARD' : 'FORWARD';
    if (iptables.exists('filter', parent, ['-j', INGRESS_CHAIN])) return;
    iptables.insert('filter', parent, '-j', INGRESS_CHAIN);
    arrangeIngressChain(iptables, engine.release);
    const { userlandProxy, allowDirectRouting } = engine.config;
    createFirewallLayout(engine.release, iptables, {
      hairpin: !userlandProxy,
      allowDirectRouting,
    }).arrangeUserChain();
  }

  /** Processes of the host get through as well, on 127.0.0.1 too. */
  private setUpLocalAccess(): void {
    const { iptables } = this;
    writeSysctl(iptables.netns, `net/ipv4/conf/${GATEWAY_NETWORK}/route_localnet`, '1');
    const rule = ['-m', 'addrtype', '--src-type', 'LOCAL', '-o', GATEWAY_NETWORK, '-j', 'MASQUERADE'];
    iptables.insert('nat', 'POSTROUTING', ...rule);
  }

  /** In the order in which they are inserted. */
  private rules({ protocol, publishedPort }: PortConfig, gateway: number): [string, string[]][] {
    const port = String(publishedPort);
    const state = isAtLeast(this.engine.release, 28)
      ? ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED']
      : ['-m', 'state', '--state', 'ESTABLISHED,RELATED'];
    const destination = `${formatIpv4(gateway)}:${port}`;
    return [
      ['nat', ['-p', protocol, '--dport', port, '-j', 'DNAT', '--to-destination', destination]],
      ['filter', ['-p', protocol, ...state, '--sport', port, '-j', 'ACCEPT']],
      ['filter', ['-p', protocol, '--dport', port, '-j', 'ACCEPT']],
    ];
  }

  /** The daemon listens on the port and answers nobody; null when something else has it, which Docker only logs. */
  private hold({ protocol, publishedPort }: PortConfig): { close(): void } | null {
    const { host, daemon } = this.engine;
    if (protocol === 'sctp') return null;
    const open = protocol === 'udp' ? bindToPort : listenOnPort;
    return open(host.initNamespace, daemon, publishedPort);
  }
}

function portKey({ protocol, publishedPort }: PortConfig): string {
  return `${publishedPort}/${protocol}`;
}
