/** Options of bridge networks (libnetwork drivers/bridge/labels.go, netlabel/labels.go). */
import { isIpText } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { DaemonConfig } from '../engine/daemon-config.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

const PREFIX = 'com.docker.network.';

export const BRIDGE_LABEL = {
  name: `${PREFIX}bridge.name`,
  enableIpMasquerade: `${PREFIX}bridge.enable_ip_masquerade`,
  enableIcc: `${PREFIX}bridge.enable_icc`,
  inhibitIpv4: `${PREFIX}bridge.inhibit_ipv4`,
  defaultBindingIp: `${PREFIX}bridge.host_binding_ipv4`,
  defaultBridge: `${PREFIX}bridge.default_bridge`,
  gatewayModeIpv4: `${PREFIX}bridge.gateway_mode_ipv4`,
  gatewayModeIpv6: `${PREFIX}bridge.gateway_mode_ipv6`,
  trustedHostInterfaces: `${PREFIX}bridge.trusted_host_interfaces`,
  hostIpv4: `${PREFIX}host_ipv4`,
  mtu: `${PREFIX}driver.mtu`,
  interfacePrefix: `${PREFIX}container_iface_prefix`,
} as const;

export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

export interface BridgeOptions {
  /** The device's name. */
  readonly bridgeName: string;
  readonly masquerade: boolean;
  readonly icc: boolean;
  readonly inhibitIpv4: boolean;
  readonly isDefault: boolean;
  /** Where ports are published that name no host address; '' for all. */
  readonly bindingIp: string;
  readonly hostIpv4: string | null;
  /** 0 when not given. */
  readonly mtu: number;
  readonly interfacePrefix: string;
  readonly gatewayModeIpv4: GatewayMode;
  readonly gatewayModeIpv6: GatewayMode;
  readonly trustedInterfaces: readonly string[];
}

/** The device of a bridge network. */
export function bridgeNameOf(networkId: string, options: ReadonlyMap<string, string>): string {
  return options.get(BRIDGE_LABEL.name) ?? `br-${networkId.slice(0, 12)}`;
}

/** Reads the options of a network; unknown ones are ignored, as Docker does. */
export function parseBridgeOptions(
  networkId: string,
  options: ReadonlyMap<string, string>,
  release: EngineRelease,
): BridgeOptions {
  const flag = (label: string, fallback: boolean) => parseFlag(label, options.get(label), fallback);
  return {
    bridgeName: bridgeNameOf(networkId, options),
    masquerade: flag(BRIDGE_LABEL.enableIpMasquerade, true),
    icc: flag(BRIDGE_LABEL.enableIcc, true),
    inhibitIpv4: flag(BRIDGE_LABEL.inhibitIpv4, false),
    isDefault: flag(BRIDGE_LABEL.defaultBridge, false),
    bindingIp: parseAddress(BRIDGE_LABEL.defaultBindingIp, options),
    hostIpv4: parseAddress(BRIDGE_LABEL.hostIpv4, options) || null,
    mtu: parseMtu(options.get(BRIDGE_LABEL.mtu)),
    interfacePrefix: options.get(BRIDGE_LABEL.interfacePrefix) ?? 'eth',
    gatewayModeIpv4: parseGatewayMode(options.get(BRIDGE_LABEL.gatewayModeIpv4), release),
    gatewayModeIpv6: parseGatewayMode(options.get(BRIDGE_LABEL.gatewayModeIpv6), release),
    trustedInterfaces: (options.get(BRIDGE_LABEL.trustedHostInterfaces) ?? '').split(':').filter(Boolean),
  };
}

/** The options of docker0, from daemon.json. */
export function defaultBridgeOptions(config: DaemonConfig, bindingIp: string): Map<string, string> {
  return new Map([
    [BRIDGE_LABEL.defaultBridge, 'true'],
    [BRIDGE_LABEL.enableIcc, String(config.icc)],
    [BRIDGE_LABEL.enableIpMasquerade, String(config.ipMasq)],
    [BRIDGE_LABEL.defaultBindingIp, bindingIp],
    [BRIDGE_LABEL.name, config.bridge],
    [BRIDGE_LABEL.mtu, String(config.mtu)],
  ]);
}

function parseFlag(label: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalid(label, value, `strconv.ParseBool: parsing "${value}": invalid syntax`);
}

function parseMtu(value: string | undefined): number {
  if (value === undefined) return 0;
  if (!/^[+-]?\d+$/.test(value)) {
    throw invalid(BRIDGE_LABEL.mtu, value, `strconv.Atoi: parsing "${value}": invalid syntax`);
  }
  if (Number(value) < 0) throw new DockerError('invalid', `Invalid MTU: ${value}`);
  return Number(value);
}

function parseAddress(label: string, options: ReadonlyMap<string, string>): string {
  const value = options.get(label);
  if (value === undefined || value === '') return '';
  if (!isIpText(value)) throw invalid(label, value, 'nil ip');
  return value === '0.0.0.0' ? '' : value;
}

function parseGatewayMode(value: string | undefined, release: EngineRelease): GatewayMode {
  if (value === undefined || value === '' || !isAtLeast(release, 27)) return 'nat';
  const known: GatewayMode[] = isAtLeast(release, 28)
    ? ['nat', 'nat-unprotected', 'routed', 'isolated']
    : ['nat', 'routed'];
  const mode = known.find((each) => each === value);
  if (mode === undefined) throw new DockerError('invalid', `unknown gateway mode ${value}`);
  return mode;
}

function invalid(label: string, value: string, reason: string): DockerError {
  return new DockerError('invalid', `failed to parse ${label} value: "${value}" (${reason})`);
}
