/** What a container is called on a network (daemon/container_operations.go updateNetworkConfig). */
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import type { EndpointConfig } from '../network/endpoint.ts';
import type { Network } from '../network/network.ts';
import type { Container } from './container.ts';

/** The aliases: those given, the short id, the hostname; null on the networks that are always there. */
export function endpointAliases(
  container: Container,
  network: Network,
  config: EndpointConfig,
): string[] | null {
  if (network.isPredefined) return null;
  return [...new Set([...config.aliases, container.shortId, container.hostname])];
}

/** The names the embedded DNS knows, the one for PTR first. A name that Docker made up is not among them. */
export function registeredNames(container: Container, aliases: readonly string[] | null): string[] {
  const own = container.hasGeneratedName ? [] : [container.name];
  return [...new Set([...own, ...(aliases ?? [])])];
}

/** `Aliases` of inspect: from release 25 only what the user gave, for the rest is in DNSNames. */
export function shownAliases(
  release: EngineRelease,
  container: Container,
  network: Network,
  config: EndpointConfig,
): string[] | null {
  const aliases = endpointAliases(container, network, config);
  if (aliases === null || !isAtLeast(release, 25)) return aliases;
  return config.aliases.length > 0 ? [...config.aliases] : null;
}
