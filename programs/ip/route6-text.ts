import {
  RTN_BLACKHOLE,
  RTN_LOCAL,
  RTN_PROHIBIT,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RTPROT_BOOT,
  RT_TABLE_MAIN,
} from '../../core/namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import { formatIpv6 } from '../../protocols/ipv6-address.ts';
import type { IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, TABLES } from './names.ts';
import type { HiddenFields } from './route-text.ts';

/** The error that a route which never delivers shows (rta_error). */
const ERRORS: ReadonlyMap<number, number> = new Map([
  [RTN_BLACKHOLE, -22],
  [RTN_UNREACHABLE, -113],
  [RTN_PROHIBIT, -13],
]);

/** `default`, `fd00::1` or `fd00::/64`. */
export function destinationText6(route: Pick<Ipv6Route, 'destination' | 'prefixLength'>): string {
  if (route.prefixLength === 0) return 'default';
  const address = formatIpv6(route.destination);
  return route.prefixLength === 128 ? address : `${address}/${route.prefixLength}`;
}

/** One line of `ip -6 route` (print_route). `nowNs` is what a lifetime is counted from. */
export function routeText6(route: Ipv6Route, details: boolean, hidden: HiddenFields, nowNs: number): string {
  const fields: string[] = [];
  if (route.type !== RTN_UNICAST || details) fields.push(ROUTE_TYPES.text(route.type));
  fields.push(destinationText6(route));
  if (route.gateway !== null && !hidden.via) fields.push(`via ${formatIpv6(route.gateway)}`);
  // A route that never delivers is held by the loopback device.
  if (!hidden.dev) fields.push(`dev ${route.dev?.name ?? 'lo'}`);
  if (route.table !== RT_TABLE_MAIN && !hidden.table) fields.push(`table ${TABLES.text(route.table)}`);
  if ((route.protocol !== RTPROT_BOOT || details) && !hidden.protocol) {
    fields.push(`proto ${PROTOCOLS.text(route.protocol)}`);
  }
  if (details && !hidden.scope) fields.push('scope global');
  if (route.prefSrc !== null && !hidden.source) fields.push(`src ${formatIpv6(route.prefSrc)}`);
  fields.push(`metric ${route.metric}`);
  if (isLinkDown(route)) fields.push('linkdown');
  if (route.expiresNs !== Infinity) fields.push(`expires ${secondsLeft(route.expiresNs, nowNs)}sec`);
  const error = ERRORS.get(route.type);
  if (error !== undefined) fields.push(`error ${error}`);
  if (route.mtu !== 0) fields.push(`mtu ${route.mtu}`);
  return `${fields.join(' ')} pref medium\n`;
}

/** The same as busybox prints it: no protocol, no preference, two spaces before source and metric. */
export function busyboxRouteText6(route: Ipv6Route, hidden: HiddenFields, nowNs: number): string {
  const fields: string[] = [];
  if (route.type !== RTN_UNICAST) fields.push(ROUTE_TYPES.text(route.type));
  fields.push(destinationText6(route));
  if (route.gateway !== null && !hidden.via) fields.push(`via ${formatIpv6(route.gateway)}`);
  if (!hidden.dev) fields.push(`dev ${route.dev?.name ?? 'lo'}`);
  if (route.prefSrc !== null && !hidden.source) fields.push(` src ${formatIpv6(route.prefSrc)}`);
  if (route.metric !== 0) fields.push(` metric ${route.metric}`);
  if (route.expiresNs !== Infinity) fields.push(` expires ${secondsLeft(route.expiresNs, nowNs)}sec`);
  const error = ERRORS.get(route.type);
  if (error !== undefined) fields.push(` error ${error}`);
  return `${fields.join(' ')} \n`;
}

/** A route's line as the command's list prints it. */
export function listedText6(command: IpCommand, route: Ipv6Route, hidden: HiddenFields): string {
  const { busybox, details } = command.options;
  const { nowNs } = command.proc;
  return busybox ? busyboxRouteText6(route, hidden, nowNs) : routeText6(route, details, hidden, nowNs);
}

/** Whole seconds until a time, at least 0. */
export function secondsLeft(untilNs: number, nowNs: number): number {
  return Math.max(0, Math.floor((untilNs - nowNs) / 1e9));
}

function isLinkDown({ dev, type }: Ipv6Route): boolean {
  return dev !== null && type !== RTN_LOCAL && dev.isUp && !dev.carrier;
}
