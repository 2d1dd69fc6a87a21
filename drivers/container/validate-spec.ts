/** Combinations of options that the daemon refuses (runconfig/hostconfig.go, hostconfig_unix.go). */
import { isIpText } from '../../protocols/ip-address.ts';
import { isIpv4Text } from '../../protocols/ipv4-address.ts';
import { isIpv6Text } from '../../protocols/ipv6-address.ts';
import { DockerError } from '../docker-error.ts';
import { isContainerMode, isUserDefinedMode, type ContainerSpec } from './container-config.ts';

/** Throws Docker's error for the first combination that cannot be. */
export function validateSpec(spec: ContainerSpec): void {
  const conflict = conflictOf(spec);
  if (conflict !== null) throw new DockerError('invalid', `conflicting options: ${conflict}`);
  const { networkMode } = spec.hostConfig;
  if (isContainerMode(networkMode) && (networkMode.split(':')[1] ?? '') === '') {
    throw new DockerError('invalid', 'Invalid network mode: invalid container format container:<name|id>');
  }
  for (const host of spec.hostConfig.extraHosts) validateExtraHost(host);
  validateNetworking(spec);
}

function conflictOf({ config, hostConfig }: ContainerSpec): string | null {
  const isContainer = isContainerMode(hostConfig.networkMode);
  const isHost = hostConfig.networkMode === 'host';
  if (isHost && hostConfig.links.length > 0) {
    return "host type networking can't be used with links. This would result in undefined behavior";
  }
  if ((isContainer || isHost) && config.macAddress !== '') return 'mac-address and the network mode';
  if (!isContainer) return null;
  if (config.hostname !== '') return 'hostname and the network mode';
  if (hostConfig.links.length > 0) {
    return "container type network can't be used with links. This would result in undefined behavior";
  }
  if (hostConfig.dns.length > 0) return 'dns and the network mode';
  if (hostConfig.extraHosts.length > 0) return 'custom host-to-IP mapping and the network mode';
  if (hostConfig.portBindings.size > 0 || hostConfig.publishAllPorts) {
    return 'port publishing and the container type network mode';
  }
  if (config.exposedPorts.length > 0) return 'port exposing and the container type network mode';
  return null;
}

function validateExtraHost(text: string): void {
  const colon = text.indexOf(':');
  const address = text.slice(colon + 1);
  if (colon <= 0) throw new DockerError('invalid', `bad format for add-host: "${text}"`);
  if (address !== 'host-gateway' && !isIpText(address)) {
    throw new DockerError('invalid', `invalid IP address in add-host: "${address}"`);
  }
}

/** Addresses and aliases are for networks that people make. Settings of `default` are not looked at. */
function validateNetworking({ networking }: ContainerSpec): void {
  for (const [name, endpoint] of networking) {
    if (endpoint.ipv4 !== '' && !isIpv4Text(endpoint.ipv4)) {
      throw new DockerError('invalid', `invalid IPv4 address: ${endpoint.ipv4}`);
    }
    if (endpoint.ipv6 !== '' && !isIpv6Text(endpoint.ipv6)) {
      throw new DockerError('invalid', `invalid IPv6 address: ${endpoint.ipv6}`);
    }
    if (name === 'default' || isUserDefinedMode(name)) continue;
    if (endpoint.ipv4 !== '' || endpoint.ipv6 !== '') {
      throw new DockerError(
        'invalid',
        'user specified IP address is supported on user defined networks only',
      );
    }
    if (endpoint.aliases.length > 0) {
      throw new DockerError(
        'invalid',
        'network-scoped alias is supported only for containers in user defined networks',
      );
    }
  }
}
