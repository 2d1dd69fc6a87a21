/**
 * Driver options of one endpoint that are for its interface (libnetwork netlabel/labels.go). Releases that do not know
 * them ignore them. Not modelled: moby's check that a sysctl is one of an interface's.
 */
import { findSysctl } from '../../core/namespace/sysctl-tree.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

type Options = ReadonlyMap<string, string>;

/** The interface's name (moby#49155). */
export const INTERFACE_NAME_LABEL = 'com.docker.network.endpoint.ifname';
/** `net.ipv4.conf.IFNAME.forwarding=1,…` (moby#47686). */
const SYSCTLS_LABEL = 'com.docker.network.endpoint.sysctls';

/** The name asked for, from release 28; null for the next of the prefix. */
export function askedInterfaceName(options: Options, release: EngineRelease): string | null {
  return isAtLeast(release, 28) ? (options.get(INTERFACE_NAME_LABEL) ?? null) : null;
}

/** Sets what the endpoint asks for of the interface `name`, from release 27. */
export function applyEndpointSysctls(
  netns: NetNamespace,
  name: string,
  options: Options,
  release: EngineRelease,
): void {
  const text = options.get(SYSCTLS_LABEL);
  if (text === undefined || !isAtLeast(release, 27)) return;
  for (const assignment of text.split(',')) {
    const [key = '', value = ''] = assignment.split('=');
    const path = key
      .split('.')
      .map((part) => (/^ifname$/i.test(part) ? name : part))
      .join('/');
    const entry = findSysctl(netns, path);
    if (entry === null || entry.write === null) {
      throw new DockerError('internal', `open /proc/sys/${path}: no such file or directory`);
    }
    entry.write(value);
  }
}
