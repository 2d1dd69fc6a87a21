import type { Network } from '../engine/network.ts';
import { shortId } from '../engine/identifiers.ts';
import { DockerError } from '../docker-error.ts';

const PREFIX = 'com.docker.network.';

/** The options of a bridge network, read (bridge/labels.go, netlabel). */
export interface BridgeOptions {
  readonly bridgeName: string;
  readonly enableIcc: boolean;
  readonly enableIpMasquerade: boolean;
  /** Default host address of `-p`, '' for all. */
  readonly hostBindingIpv4: string;
  readonly inhibitIpv4: boolean;
  /** MTU of both ends, 0 for the kernel's own choice. */
  readonly mtu: number;
  readonly interfacePrefix: string;
  /** SNAT to this address in place of MASQUERADE, '' for none. */
  readonly hostIpv4: string;
}

const KNOWN = new Set([
  'bridge.name',
  'bridge.default_bridge',
  'bridge.enable_icc',
  'bridge.enable_ip_masquerade',
  'bridge.host_binding_ipv4',
  'bridge.inhibit_ipv4',
  'driver.mtu',
  'container_iface_prefix',
  'host_ipv4',
]);

/** Reads a network's options. Throws on a value Docker refuses and on an option that is not modelled. */
export function bridgeOptions(network: Network): BridgeOptions {
  for (const name of network.options.keys()) {
    if (name.startsWith(PREFIX) && !KNOWN.has(name.slice(PREFIX.length))) {
      throw new DockerError('invalid', `the bridge option ${name} is not modelled`);
    }
  }
  return {
    bridgeName: network.option(`${PREFIX}bridge.name`) ?? `br-${shortId(network.id)}`,
    enableIcc: flag(network, 'bridge.enable_icc', true),
    enableIpMasquerade: flag(network, 'bridge.enable_ip_masquerade', true),
    hostBindingIpv4: network.option(`${PREFIX}bridge.host_binding_ipv4`) ?? '',
    inhibitIpv4: flag(network, 'bridge.inhibit_ipv4', false),
    mtu: number(network, 'driver.mtu'),
    interfacePrefix: network.option(`${PREFIX}container_iface_prefix`) ?? 'eth',
    hostIpv4: network.option(`${PREFIX}host_ipv4`) ?? '',
  };
}

/** strconv.ParseBool. */
function flag(network: Network, name: string, byDefault: boolean): boolean {
  const text = network.option(PREFIX + name);
  if (text === undefined) return byDefault;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new DockerError(
    'invalid',
    `failed to parse ${PREFIX}${name}: strconv.ParseBool: parsing "${text}": invalid syntax`,
  );
}

function number(network: Network, name: string): number {
  const text = network.option(PREFIX + name);
  if (text === undefined) return 0;
  if (/^\d+$/.test(text)) return Number(text);
  throw new DockerError(
    'invalid',
    `failed to parse ${PREFIX}${name}: strconv.Atoi: parsing "${text}": invalid syntax`,
  );
}
