import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { filterRoutes, openFilter, readRouteFilter, type RouteFilter } from './route-filter.ts';
import { NOTHING_HIDDEN, listedText, type HiddenFields } from './route-text.ts';
import { listedText6 } from './route6-text.ts';

/** `ip route show`. The route cache's list is empty: `ip route get` shows path MTUs. */
export function showRoutes(command: IpCommand, family: 4 | 6): number {
  const filter = readRouteFilter(command, family);
  if (filter.cached) return 0;
  printRoutes(command, filter, hiddenFields(filter));
  const bothFamilies = family === 4 && command.options.family === 0;
  if (bothFamilies && filter.table === 0 && filter.tableGiven) {
    printRoutes(command, { ...openFilter(6), table: 0 }, NOTHING_HIDDEN);
  }
  return 0;
}

function printRoutes(command: IpCommand, filter: RouteFilter, hidden: HiddenFields): void {
  const { ipv4, ipv6 } = command.netns;
  if (filter.family === 4) {
    for (const item of filterRoutes(ipv4.fib, filter)) command.printRecord(listedText(command, item, hidden));
  } else if (ipv6 !== null) {
    for (const item of filterRoutes(ipv6.fib, filter))
      command.printRecord(listedText6(command, item, hidden));
  }
}

/** What all lines would have in common is not printed (print_route's filters). */
function hiddenFields(filter: RouteFilter): HiddenFields {
  const hostLength = filter.family === 6 ? 128 : 32;
  return {
    dev: filter.dev !== null,
    via: filter.via?.length === hostLength,
    table: filter.tableGiven && filter.table !== 0,
    protocol: filter.protocol !== null,
    scope: filter.scope !== null,
    source: filter.source?.length === hostLength,
  };
}

/** `ip route flush`. */
export function flushRoutes(command: IpCommand, family: 4 | 6): number {
  if (command.peek() === undefined) throw new IpError('"ip route flush" requires arguments.', EXIT_USAGE);
  const filter = readRouteFilter(command, family);
  if (family === 4 && filter.cached) return flushCache(command);
  command.requireAdmin();
  if (family === 4) {
    const { fib } = command.netns.ipv4;
    for (const item of filterRoutes(fib, filter)) fib.remove(item);
    return 0;
  }
  const { fib, pathMtu } = command.ipv6Stack();
  if (filter.cached) pathMtu.clear();
  else for (const item of filterRoutes(fib, filter)) fib.remove(item);
  return 0;
}

/** iproute_flush_cache: IPv4's cache is flushed through its sysctl. */
function flushCache(command: IpCommand): number {
  const path = '/proc/sys/net/ipv4/route/flush';
  const file = command.proc.context.fileSystem.find(path);
  if (file?.write === undefined) {
    const reason = file === null ? 'No such file or directory' : 'Read-only file system';
    command.proc.printError(`Cannot open "${path}": ${reason}\n`);
    return 0;
  }
  file.write('-1\n');
  return 0;
}
