import type { NetDevice } from '../../core/device/net-device.ts';
import {
  RTN_LOCAL,
  RTN_UNICAST,
  RTPROT_BOOT,
  RT_TABLE_MAIN,
  type Ipv4Route,
} from '../../core/namespace/ipv4-route.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { IpCommand } from './ip-command.ts';
import { PROTOCOLS, ROUTE_TYPES, SCOPES, TABLES } from './names.ts';

/** What a listing was restricted to is not repeated on its lines. */
export interface HiddenFields {
  dev: boolean;
  via: boolean;
  table: boolean;
  protocol: boolean;
  scope: boolean;
  source: boolean;
}

export const NOTHING_HIDDEN: HiddenFields = {
  dev: false,
  via: false,
  table: false,
  protocol: false,
  scope: false,
  source: false,
};

/** `default`, `10.0.0.1` or `10.0.0.0/8`. */
export function destinationText(
  route: Pick<Ipv4Route, 'destination' | 'prefixLength'>,
  details: boolean,
): string {
  if (route.prefixLength === 0) return details && route.destination !== 0 ? '0.0.0.0/0' : 'default';
  const address = formatIpv4(route.destination);
  return route.prefixLength === 32 ? address : `${address}/${route.prefixLength}`;
}

/** One line of `ip route` (print_route), with the space at its end that iproute2 prints. */
export function routeText(route: Ipv4Route, details: boolean, hidden: HiddenFields = NOTHING_HIDDEN): string {
  const fields: string[] = [];
  if (route.type !== RTN_UNICAST || details) fields.push(ROUTE_TYPES.text(route.type));
  fields.push(destinationText(route, details));
  if (route.tos !== 0) fields.push(`tos 0x${route.tos.toString(16).padStart(2, '0')}`);
  if (route.gateway !== 0 && !hidden.via) fields.push(`via ${formatIpv4(route.gateway)}`);
  if (route.dev !== null && !hidden.dev) fields.push(`dev ${route.dev.name}`);
  if (route.table !== RT_TABLE_MAIN && !hidden.table) fields.push(`table ${TABLES.text(route.table)}`);
  if ((route.protocol !== RTPROT_BOOT || details) && !hidden.protocol) {
    fields.push(`proto ${PROTOCOLS.text(route.protocol)}`);
  }
  if ((route.scope !== 0 || details) && !hidden.scope) fields.push(`scope ${SCOPES.text(route.scope)}`);
  if (route.prefSrc !== 0 && !hidden.source) fields.push(`src ${formatIpv4(route.prefSrc)}`);
  if (route.metric !== 0) fields.push(`metric ${route.metric}`);
  if (route.onlink) fields.push('onlink');
  if (isLinkDown(route, route.dev)) fields.push('linkdown');
  if (route.mtu !== 0) fields.push(`mtu ${route.mtu}`);
  return `${fields.join(' ')} \n`;
}

/** The same as busybox prints it: no protocol, and two spaces before the source. */
export function busyboxRouteText(route: Ipv4Route, hidden: HiddenFields = NOTHING_HIDDEN): string {
  const text = routeText({ ...route, protocol: RTPROT_BOOT, metric: 0 }, false, hidden).replace(
    ' src ',
    '  src ',
  );
  return route.metric === 0 ? text : text.replace(/ \n$/, `  metric ${route.metric} \n`);
}

/** A route's line as the command's list prints it. */
export function listedText(command: IpCommand, route: Ipv4Route, hidden: HiddenFields): string {
  const { busybox, details } = command.options;
  return busybox ? busyboxRouteText(route, hidden) : routeText(route, details, hidden);
}

/** RTNH_F_LINKDOWN: the device is up but has no carrier; routes to the machine itself are not marked. */
function isLinkDown(route: Ipv4Route, dev: NetDevice | null): boolean {
  return dev !== null && route.type !== RTN_LOCAL && dev.isUp && !dev.carrier;
}
