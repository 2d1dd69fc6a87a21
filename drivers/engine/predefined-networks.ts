/** none, host and bridge, which the daemon makes when it starts (daemon/daemon_unix.go initNetworkController). */
import { Bridge } from '../../core/device/bridge/bridge.ts';
import { formatIp, type IpAddress, type IpPrefix } from '../../protocols/ip-address.ts';
import { defaultBridgeOptions } from '../bridge/options.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast } from '../engine-release.ts';
import { DEFAULT_GATEWAY_AUX_KEYS, type IpamConfig } from '../ipam/network-ipam.ts';
import { maskedPrefix, prefixesShareAddresses } from '../ipam/ordinals.ts';
import { LOCAL_POOLS, PredefinedSubnets, type PredefinedPool } from '../ipam/predefined-pools.ts';
import { reservedPrefixes } from '../ipam/reserved-prefixes.ts';
import { DEFAULT_NETWORK_SPEC, type NetworkManager } from '../network/network-manager.ts';
import type { Network } from '../network/network.ts';
import type { Engine } from './engine.ts';
import { hostNameservers, hostRoutes } from './host-facts.ts';

/**
 * With `previous`, what the daemon before had: none and host are the same networks, users' networks come before the
 * default bridge, which is made anew (libnetwork populateNetworks, in the order of their ids).
 */
export function createPredefinedNetworks(engine: Engine, previous?: NetworkManager): void {
  const { config, networks } = engine;
  const spec = { ...DEFAULT_NETWORK_SPEC, ipamOptions: null };
  for (const [name, driver] of [
    ['none', 'null'],
    ['host', 'host'],
  ] as const) {
    const old = previous?.findByName(name);
    if (old === undefined) networks.make({ ...spec, name, driver });
    else networks.restore(old);
  }
  // The bridge driver sets up forwarding and its chains even when there is no default bridge.
  engine.driver('bridge');
  previous?.findByName('bridge')?.ipam?.release();
  for (const old of storedNetworks(previous)) networks.restore(old);
  if (config.bridge === 'none') return;
  networks.make({
    ...spec,
    name: 'bridge',
    driver: 'bridge',
    driverOptions: defaultBridgeOptions(
      config,
      typeof config.ip === 'number' ? formatIp(config.ip) : '0.0.0.0',
    ),
    ipam: defaultBridgeIpam(engine),
    enableIpv6: config.ipv6,
  });
}

/** Users' networks, and the bridge that overlays have to the host; those of the swarm are not on the disk. */
function storedNetworks(previous: NetworkManager | undefined): Network[] {
  const networks = previous?.list() ?? [];
  return networks
    .filter(({ isPredefined, scope }) => !isPredefined && scope === 'local')
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function defaultBridgeIpam(engine: Engine): IpamConfig[] {
  const { config } = engine;
  const aux = (name: string, address: IpAddress | null) =>
    address === null ? {} : { auxAddresses: new Map([[name, address]]) };
  const ipv4: IpamConfig = {
    ...defaultBridgeAddress(engine),
    ...(config.fixedCidr === null ? {} : { ipRange: config.fixedCidr }),
    ...aux(DEFAULT_GATEWAY_AUX_KEYS.ipv4, config.defaultGateway),
  };
  if (!config.ipv6) return [ipv4];
  const aux6 = aux(DEFAULT_GATEWAY_AUX_KEYS.ipv6, config.defaultGatewayV6);
  // From release 28 the subnet may be left to Docker (moby#48319).
  if (config.fixedCidrV6 === null && isAtLeast(engine.release, 28)) return [ipv4, { ipv6: true, ...aux6 }];
  if (config.fixedCidrV6 === null) {
    throw new DockerError(
      'invalid',
      'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network',
    );
  }
  return [ipv4, { subnet: config.fixedCidrV6, ...aux6 }];
}

/**
 * The address of docker0: `bip`, that of a bridge which is there already, or the first pool the host does not use.
 * Only in the last case is the gateway left to the allocator, and inspect then shows none.
 */
function defaultBridgeAddress(engine: Engine): Pick<IpamConfig, 'subnet' | 'gateway'> {
  const { config, host } = engine;
  if (config.bip !== null) return addressOf(config.bip);
  const existing = host.initNamespace.device(config.bridge);
  const address = existing?.ipv4.addresses[0];
  if (existing instanceof Bridge && address !== undefined) {
    return addressOf({ address: address.local, length: address.prefixLength });
  }
  return { subnet: firstFreePool(engine) };
}

function addressOf(prefix: IpPrefix): Pick<IpamConfig, 'subnet' | 'gateway'> {
  return { subnet: maskedPrefix(prefix), gateway: prefix.address };
}

function firstFreePool(engine: Engine): IpPrefix {
  const { defaultAddressPools } = engine.config;
  const pools: readonly PredefinedPool[] = defaultAddressPools.length > 0 ? defaultAddressPools : LOCAL_POOLS;
  const reserved = reservedPrefixes(hostNameservers(engine.host), hostRoutes(engine.host), engine.release);
  const subnets = new PredefinedSubnets(pools);
  for (let i = 0; i < subnets.count; i++) {
    const candidate = subnets.at(i);
    if (typeof candidate.address !== 'number') continue;
    if (!reserved.some((prefix) => prefixesShareAddresses(prefix, candidate))) return candidate;
  }
  throw new DockerError('internal', 'list of pools exhausted: no free address pool for docker0');
}
