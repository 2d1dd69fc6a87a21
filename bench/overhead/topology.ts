import { CostMeter } from '../../core/host/cost-meter.ts';
import type { CostProfile } from '../../core/host/cost-meter.ts';
import type { Nic } from '../../core/device/link/nic.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { bringUp } from '../../scenarios/run/bring-up.ts';
import { addRoutes, buildHosts } from '../../scenarios/run/build-hosts.ts';
import { buildLinks } from '../../scenarios/run/build-links.ts';
import { CaptureManager } from '../../scenarios/run/capture-manager.ts';
import { findDevice, findNode } from '../../scenarios/run/nodes.ts';
import { World } from '../../scenarios/run/world.ts';

/** How two programs on two machines reach each other. */
export const MODES = ['host', 'bridge', 'overlay', 'encrypted'] as const;
export type Mode = (typeof MODES)[number];

export const PORT = 9000;
const HOST2 = '192.168.99.110';
/** The nodes of a swarm know each other, and what they had to tell is told. */
const SETTLE_NS = 20_000_000_000;

/** A mode as a scenario file: two machines with Docker on a cable, a client on the one and a server on the other. */
export function scenarioText(mode: Mode, linkMtu: number, rate: string): string {
  const host = (last: number) =>
    `{ interfaces: { eth0: { address: 192.168.99.${last}/24, mtu: ${linkMtu} } }, docker: {} }`;
  return `name: overhead-${mode}
hosts:
  host1: ${host(109)}
  host2: ${host(110)}
links: { wire: { connects: [host1/eth0, host2/eth0], rate: ${rate}, delay: 5us, queue: 100000 } }
${networkText(mode, linkMtu)}`;
}

function networkText(mode: Mode, linkMtu: number): string {
  if (mode === 'host') return '';
  const mtu = `com.docker.network.driver.mtu: "${linkMtu}"`;
  const service = (name: string, last: number, more = '') =>
    `  ${name}: { image: alpine, command: sleep 1d, networks: [net], x-host: host${last}${more} }\n`;
  if (mode === 'bridge') {
    const ports = `, ports: ["${PORT}:${PORT}/udp", "${PORT}:${PORT}/tcp"]`;
    return `networks: { net: { driver: bridge, driver_opts: { ${mtu} } } }
services:
${service('client', 1)}${service('server', 2, ports)}`;
  }
  const encrypted = mode === 'encrypted' ? 'encrypted: "", ' : '';
  return `swarm: { managers: [host1], workers: [host2] }
networks: { net: { driver: overlay, attachable: true, driver_opts: { ${encrypted}${mtu} } } }
services:
${service('client', 1)}${service('server', 2)}`;
}

/** A mode, built and quiet: Docker has set everything up, and nothing but the measured traffic is to come. */
export class Topology {
  readonly world = new World(1);
  readonly client: NetNamespace;
  readonly server: NetNamespace;
  /** The address at which the client reaches the server. */
  readonly serverAddress: number;
  readonly clientNic: Nic;
  readonly serverNic: Nic;
  /** MTU of the client's interface. */
  readonly mtu: number;

  constructor(mode: Mode, linkMtu: number, rate: string) {
    const { world } = this;
    const scenario = loadScenario(scenarioText(mode, linkMtu, rate), { file: `${mode}.yaml` });
    buildHosts(world, scenario);
    buildLinks(world, scenario);
    addRoutes(world, scenario);
    const captures = new CaptureManager(undefined, '', (point) => findDevice(world, point));
    bringUp(world, scenario, captures);
    world.sim.run(world.sim.nowNs + SETTLE_NS);
    const [host1, host2] = [world.host('host1'), world.host('host2')];
    this.clientNic = host1.initNamespace.device('eth0') as Nic;
    this.serverNic = host2.initNamespace.device('eth0') as Nic;
    const inHosts = mode === 'host';
    this.client = inHosts ? host1.initNamespace : findNode(world, 'client', undefined).context.netns;
    this.server = inHosts ? host2.initNamespace : findNode(world, 'server', undefined).context.netns;
    const isOverlay = mode === 'overlay' || mode === 'encrypted';
    this.serverAddress = isOverlay ? this.server.device('eth0')!.ipv4.addresses[0]!.local : parseIpv4(HOST2);
    this.mtu = this.client.device('eth0')!.mtu;
  }

  get hosts(): [Host, Host] {
    return [this.client.host, this.server.host];
  }

  /** Lets simulated time pass. */
  run(ns: number): void {
    this.world.sim.run(this.world.sim.nowNs + ns);
  }

  /** Gives both machines a fresh core of that profile; null takes them away. */
  setCost(profile: CostProfile | null): void {
    for (const host of this.hosts) {
      host.cost = profile === null ? null : new CostMeter(this.world.sim, profile);
    }
  }
}
