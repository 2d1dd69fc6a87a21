import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { findSysctl } from '../core/namespace/sysctl-tree.ts';

/** Writes a setting under /proc/sys, `key` with dots or slashes. False when the kernel has no such file. */
export function writeSysctl(netns: NetNamespace, key: string, value: string): boolean {
  const entry = findSysctl(netns, key.includes('/') ? key : key.replaceAll('.', '/'));
  if (entry === null || entry.write === null) return false;
  entry.write(value);
  return true;
}
