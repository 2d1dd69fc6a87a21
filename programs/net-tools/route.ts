import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import {
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RT_TABLE_MAIN,
  type Ipv4Route,
} from '../../core/namespace/ipv4-route.ts';
import { formatIpv4, maskLength, parseIpv4, prefixMask, isIpv4Text } from '../../protocols/ipv4-address.ts';
import { toolName } from '../arguments.ts';
import { IpCommand, IpError } from '../ip/ip-command.ts';
import { changeRoute, deleteRoute } from '../ip/route-change.ts';

const CHANGE = { create: true, replace: false, exclusive: true };

/** route of net-tools and of busybox. Addresses are never resolved to names: both print as with -n, but `default`. */
export function* route(proc: Process): ProgramRun {
  const words = proc.argv.slice(1);
  const numeric = words.some((word) => /^-[a-z]*n[a-z]*$/.test(word) && word !== '-net');
  const verb = words.find((word) => !word.startsWith('-'));
  if (verb === undefined) {
    proc.print(routeTable(proc, numeric));
    return 0;
  }
  const rest = words.slice(words.indexOf(verb) + 1);
  if (verb !== 'add' && verb !== 'del') {
    proc.printError(`${toolName(proc)}: usage: route [-n] | route add|del TARGET …\n`);
    return 4;
  }
  return changeOne(proc, verb, rest);
}

/** The kernel's table as `route` prints it; also for `netstat -r`. */
export function routeTable(proc: Process, numeric: boolean): string {
  let text =
    'Kernel IP routing table\n' +
    'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n';
  for (const item of listedRoutes(proc)) {
    text +=
      `${columns(item, numeric)} ${flagsText(item).padEnd(5)} ${String(item.metric).padEnd(6)} 0   ` +
      `     0 ${item.dev?.name ?? '-'}\n`;
  }
  return text;
}

export function listedRoutes(proc: Process): Ipv4Route[] {
  const routes = proc.netns.ipv4.fib.table(RT_TABLE_MAIN).routes();
  return routes.filter(({ type }) => type === RTN_UNICAST || type === RTN_UNREACHABLE);
}

/** Destination, gateway and mask. */
export function columns(item: Ipv4Route, numeric: boolean): string {
  const isDefault = item.prefixLength === 0 && !numeric;
  const destination = isDefault ? 'default' : formatIpv4(item.destination);
  const gateway = item.type === RTN_UNREACHABLE ? '-' : formatIpv4(item.gateway);
  return [destination, gateway, formatIpv4(prefixMask(item.prefixLength))]
    .map((word) => word.padEnd(15))
    .join(' ');
}

export function flagsText(item: Ipv4Route): string {
  const host = item.prefixLength === 32 ? 'H' : '';
  return item.type === RTN_UNREACHABLE ? `!${host}` : `U${item.gateway === 0 ? '' : 'G'}${host}`;
}

/** `add [-net|-host] TARGET [netmask M] [gw G] [metric N] [[dev] DEV]`, as the words of `ip route`. */
function changeOne(proc: Process, verb: 'add' | 'del', words: string[]): number {
  const rest = [...words];
  const kind = rest[0] === '-net' || rest[0] === '-host' ? rest.shift()! : null;
  const target = rest.shift() ?? '';
  let length: number | null = kind === '-host' ? 32 : null;
  const translated: string[] = [];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === 'netmask') length = maskLength(parseIpv4(rest.shift() ?? ''));
    else if (word === 'gw') translated.push('via', rest.shift() ?? '');
    else if (word === 'metric' || word === 'mss')
      translated.push(word === 'metric' ? 'metric' : 'advmss', rest.shift() ?? '');
    else if (word === 'dev') translated.push('dev', rest.shift() ?? '');
    else if (word === 'reject') translated.unshift('type', 'unreachable');
    else translated.push('dev', word);
  }
  const destination =
    target === 'default' || (target === '0.0.0.0' && length === null)
      ? 'default'
      : target.includes('/') || !isIpv4Text(target)
        ? target
        : `${target}/${length ?? (kind === '-net' ? classLength(target) : 32)}`;
  const options = {
    details: false,
    oneline: false,
    brief: false,
    statistics: false,
    family: 4,
    busybox: false,
  };
  const command = new IpCommand(proc, proc.netns, options, [destination, ...translated]);
  const request = verb === 'add' ? 'SIOCADDRT' : 'SIOCDELRT';
  try {
    return verb === 'add' ? changeRoute(command, CHANGE) : deleteRoute(command);
  } catch (error) {
    if (error instanceof NetlinkError) proc.printError(`${request}: ${plainReason(error)}\n`);
    else if (error instanceof IpError) proc.printError(`${request}: No such device\n`);
    else throw error;
    return 7;
  }
}

/** ioctls answer with error numbers alone. */
function plainReason(error: NetlinkError): string {
  if (!error.extended) return error.message;
  if (error.message.startsWith('Nexthop')) return 'Network is unreachable';
  return error.message.startsWith('Device') ? 'Network is down' : 'Invalid argument';
}

function classLength(text: string): number {
  const first = Number(text.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}
