import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Host } from './host.ts';
import type { VirtualFile, VirtualFileSystem } from './virtual-file-system.ts';

/** A file that stands for a network namespace (nsfs): /proc/PID/ns/net, or what `ip netns add` binds it to. */
export class NamespaceFile implements VirtualFile {
  readonly netns: NetNamespace;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  read(): string {
    return '';
  }
}

const NETNS_DIRECTORY = '/var/run/netns';

/** /run is /var/run. */
function normalPath(path: string): string {
  return path.startsWith('/run/') ? `/var${path}` : path;
}

/** The namespace a path names, symbolic links followed; null when it is not a namespace's file. */
export function namespaceAt(fileSystem: VirtualFileSystem, path: string): NetNamespace | null {
  const file = fileSystem.find(normalPath(path));
  return file instanceof NamespaceFile && file.netns.alive ? file.netns : null;
}

/** Makes a namespace known under /var/run/netns, as `ip netns add` does. */
export function bindNamespace(fileSystem: VirtualFileSystem, name: string, netns: NetNamespace): void {
  fileSystem.define(`${NETNS_DIRECTORY}/${name}`, new NamespaceFile(netns));
}

/** The namespace of a name as `ip -n` takes it; null when there is none. */
export function namespaceByName(
  host: Host,
  fileSystem: VirtualFileSystem,
  name: string,
): NetNamespace | null {
  const bound = namespaceAt(fileSystem, `${NETNS_DIRECTORY}/${name}`);
  if (bound !== null) return bound;
  if (fileSystem !== host.fileSystem || name === '') return null;
  return host.namespaces.find((netns) => netns.name === name) ?? null;
}

/** All names under /var/run/netns and those that namespaces were made with, newest namespace first. */
export function namedNamespaces(
  host: Host,
  fileSystem: VirtualFileSystem,
): { name: string; netns: NetNamespace | null }[] {
  const names = new Set(fileSystem.list(NETNS_DIRECTORY));
  if (fileSystem === host.fileSystem) {
    for (const netns of host.namespaces) if (netns.name !== '') names.add(netns.name);
  }
  return [...names]
    .map((name) => ({ name, netns: namespaceByName(host, fileSystem, name) }))
    .sort((a, b) => (b.netns?.id ?? 0) - (a.netns?.id ?? 0));
}
