import { Nic } from '../../core/device/link/nic.ts';
import { CostMeter } from '../../core/host/cost-meter.ts';
import { Host } from '../../core/host/host.ts';
import { mountProc } from '../../core/proc/mount-proc.ts';
import { RTN_UNICAST, RTPROT_BOOT, RT_TABLE_MAIN } from '../../core/namespace/ipv4-route.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import { IFA_F_NODAD, IFA_F_PERMANENT } from '../../core/namespace/ipv6-interface-address.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import type { Scenario } from '../load/scenario.ts';
import type { Host as HostDescription, HostInterface } from '../schema/host.ts';
import type { World } from './world.ts';

const DEFAULT_MTU = 1500;

/** Makes the machines of a scenario: cards, addresses, routes, files. Links are plugged in afterwards. */
export function buildHosts(world: World, scenario: Scenario): void {
  for (const [name, description] of Object.entries(scenario.hosts)) {
    const host = new Host(name, {
      sim: world.sim,
      pool: world.pool,
      programs: world.programs,
      tracer: world.tracer,
      ciphers: world.ciphers,
    });
    world.hosts.set(name, host);
    if (scenario.cost !== null) host.cost = new CostMeter(world.sim, scenario.cost.profile);
    host.loadIpv6();
    const netns = host.initNamespace;
    netns.ipv4.setUp(netns.loopback);
    mountProc(host.fileSystem, host, netns);
    for (const [device, settings] of Object.entries(description.interfaces)) {
      const nic = new Nic(device, host, netns, macFor(host, device, settings));
      netns.addDevice(nic);
      configureNic(nic, settings);
    }
    writeFiles(host, description.files);
  }
}

/** The default routes and the routes of the file; they need the links' carrier no more than Linux does. */
export function addRoutes(world: World, scenario: Scenario): void {
  for (const [name, description] of Object.entries(scenario.hosts))
    addHostRoutes(world.host(name), description);
}

export function addHostRoutes(host: Host, { interfaces, routes }: HostDescription): void {
  for (const [device, { gateways }] of Object.entries(interfaces)) {
    for (const gateway of gateways) {
      if (typeof gateway === 'number') addRoute(host, 0, 0, gateway, device);
      else addRoute6(host, Ipv6Address.UNSPECIFIED, 0, gateway, device);
    }
  }
  for (const { to, via, dev } of routes) {
    const isIpv6 = typeof (to === 'default' ? via : to.address) === 'object';
    if (isIpv6) {
      const { address, length } = to === 'default' ? { address: Ipv6Address.UNSPECIFIED, length: 0 } : to;
      addRoute6(host, address as Ipv6Address, length, via as Ipv6Address | undefined, dev);
    } else if (to === 'default') addRoute(host, 0, 0, via, dev);
    else addRoute(host, to.address as number, to.length, via, dev);
  }
}

/** What the machine does with a card when it boots: MTU, addresses, up. */
export function configureNic(nic: Nic, settings: HostInterface): void {
  const { netns } = nic;
  nic.mtu = settings.mtu ?? DEFAULT_MTU;
  Object.assign(nic.features, settings.features);
  for (const { address, length } of settings.addresses) {
    if (typeof address === 'number') netns.ipv4.addAddress(nic, address, length);
    // The machine has been up for long: duplicate address detection is over.
    else netns.ipv6!.addAddress(nic, address, length, { flags: IFA_F_PERMANENT | IFA_F_NODAD });
  }
  if (settings.promiscuous === true) nic.setPromiscuity(1);
  if (settings.promiscuous === false) {
    nic.filtersForeignMacs = true;
    nic.refusesForeignMacs = true;
  }
  netns.ipv4.setUp(nic);
}

/** A card's own MAC: the one given, else a locally administered one made from its first address or at random. */
function macFor(host: Host, name: string, settings: HostInterface): Uint8Array {
  if (settings.mac !== undefined) return settings.mac;
  for (const { address } of settings.addresses) {
    if (typeof address !== 'number') continue;
    return Uint8Array.of(2, 0, address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
  }
  const bytes = host.sim.random.stream(`${host.name}/${name}:mac`).bytes(6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return bytes;
}

function addRoute(
  host: Host,
  destination: number,
  prefixLength: number,
  via: IpAddress | undefined,
  dev: string | undefined,
): void {
  if (via !== undefined && typeof via !== 'number') return;
  const fib = host.initNamespace.ipv4.fib;
  const gateway = via ?? 0;
  const device = dev !== undefined ? host.initNamespace.device(dev) : (fib.lookup(gateway)?.dev ?? undefined);
  if (device === undefined) throw new Error(`${host.name}: the gateway of a route is on no link`);
  fib.add({
    type: RTN_UNICAST,
    destination: (destination & prefixMask(prefixLength)) >>> 0,
    prefixLength,
    gateway,
    dev: device,
    prefSrc: 0,
    scope: gateway === 0 ? 253 : 0,
    protocol: RTPROT_BOOT,
    table: RT_TABLE_MAIN,
    metric: 0,
    mtu: 0,
    tos: 0,
    onlink: false,
  });
}

function addRoute6(
  host: Host,
  destination: Ipv6Address,
  prefixLength: number,
  gateway: Ipv6Address | undefined,
  dev: string | undefined,
): void {
  const ipv6 = host.initNamespace.ipv6!;
  const named = dev === undefined ? undefined : host.initNamespace.device(dev);
  const device = named ?? (gateway === undefined ? undefined : ipv6.fib.lookup(gateway)?.dev);
  if (device === undefined || device === null) {
    throw new Error(`${host.name}: the gateway of an IPv6 route is on no link`);
  }
  ipv6.addRoute(destination, prefixLength, { dev: device, gateway: gateway ?? null });
}

function writeFiles(host: Host, files: Readonly<Record<string, string>>): void {
  host.fileSystem.writeText('/etc/hostname', `${host.name}\n`);
  host.fileSystem.writeText('/etc/hosts', `127.0.0.1\tlocalhost\n127.0.1.1\t${host.name}\n`);
  for (const [path, text] of Object.entries(files)) host.fileSystem.writeText(path, text);
}
