/** Routes that Docker sets in a container (libnetwork osl/route_linux.go). */
import { RT_SCOPE_LINK, RT_SCOPE_UNIVERSE } from '../../core/device/ipv4-configuration.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { RTN_UNICAST, RTPROT_BOOT, RT_TABLE_MAIN, type Ipv4Route } from '../../core/namespace/ipv4-route.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { networkAddress } from '../../protocols/ipv4-address.ts';
import type { JoinInfo, StaticRoute } from '../driver.ts';
import { addIpv6DefaultRoute, hasGlobalIpv6, removeIpv6DefaultRoutes } from '../ipv6-configuration.ts';

function route(dev: NetDevice, destination: number, prefixLength: number, gateway: number): Ipv4Route {
  return {
    type: RTN_UNICAST,
    destination,
    prefixLength,
    gateway,
    dev,
    prefSrc: 0,
    scope: gateway === 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    protocol: RTPROT_BOOT,
    table: RT_TABLE_MAIN,
    metric: 0,
    mtu: 0,
    tos: 0,
    onlink: false,
  };
}

export function addDefaultRoute(netns: NetNamespace, dev: NetDevice, joined: JoinInfo): void {
  if (joined.gateway !== 0 || joined.defaultRouteOnDevice === true) {
    netns.ipv4.fib.add(route(dev, 0, 0, joined.gateway));
  }
  const onDevice6 = joined.defaultRouteOnDevice === true && hasGlobalIpv6(dev);
  if (joined.gateway6 !== null || onDevice6) addIpv6DefaultRoute(netns, dev, joined.gateway6);
}

export function removeDefaultRoutes(netns: NetNamespace): void {
  const { fib } = netns.ipv4;
  const defaults = fib
    .table(RT_TABLE_MAIN)
    .routes()
    .filter(({ prefixLength }) => prefixLength === 0);
  for (const each of defaults) fib.remove(each);
  removeIpv6DefaultRoutes(netns);
}

export function addStaticRoutes(netns: NetNamespace, dev: NetDevice, routes: readonly StaticRoute[]): void {
  for (const { destination, gateway } of routes) {
    netns.ipv4.fib.add(route(dev, networkAddress(destination), destination.length, gateway));
  }
}
