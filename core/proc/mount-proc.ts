import type { Host } from '../host/host.ts';
import { NamespaceFile } from '../host/namespace-file.ts';
import type { Process } from '../host/process.ts';
import type { VirtualFile, VirtualFileSystem } from '../host/virtual-file-system.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { findSysctl } from '../namespace/sysctl-tree.ts';
import { PROC_NET } from './proc-net.ts';

export interface ProcMountOptions {
  /** /proc/sys refuses writes, as in a container that is not privileged. */
  readOnlySys?: boolean;
}

/**
 * Puts /proc into a file system: /proc/net, /proc/sys/net, /proc/PID/ns/net. What is under /proc/net and
 * /proc/sys/net is that of the process which reads (`ip netns exec` shows another namespace's), and of `netns`
 * when no process does. Not modelled: PID namespaces, so every container sees the machine's numbers.
 */
export function mountProc(
  fileSystem: VirtualFileSystem,
  host: Host,
  netns: NetNamespace,
  options: ProcMountOptions = {},
): void {
  // A machine that boots anew has another first namespace.
  const isInitial = netns === host.initNamespace;
  const seen = () => host.processes.current?.netns ?? (isInitial ? host.initNamespace : netns);
  fileSystem.defineTree('/proc/sys/', (path) => sysctlFile(path, seen, options.readOnlySys === true));
  fileSystem.defineTree('/proc/', (path) => {
    const [first, ...rest] = path.slice('/proc/'.length).split('/');
    if (first === 'net') return netFile(rest, seen());
    const process = first === 'self' ? host.processes.current : host.processes.find(Number(first));
    return process === null || process === undefined ? null : processFile(process, rest);
  });
}

function sysctlFile(path: string, seen: () => NetNamespace, readOnly: boolean): VirtualFile | null {
  const key = path.slice('/proc/sys/'.length);
  const entry = findSysctl(seen(), key);
  if (entry === null) return null;
  const read = () => `${entry.read()}\n`;
  if (readOnly || entry.write === null) return { read };
  return { read, write: (text) => entry.write!(text) };
}

function netFile(rest: readonly string[], netns: NetNamespace): VirtualFile | null {
  const make = rest.length === 1 ? PROC_NET.get(rest[0]!) : undefined;
  return make === undefined ? null : { read: () => make(netns) };
}

function processFile(process: Process, rest: readonly string[]): VirtualFile | null {
  switch (rest.join('/')) {
    case 'ns/net':
      return new NamespaceFile(process.netns);
    case 'cmdline':
      return { read: () => process.argv.map((arg) => `${arg}\0`).join('') };
    case 'comm':
      return { read: () => `${(process.argv[0] ?? '').replace(/^.*\//, '').slice(0, 15)}\n` };
    default:
      return rest[0] === 'net' ? netFile(rest.slice(1), process.netns) : null;
  }
}
