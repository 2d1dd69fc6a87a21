import type { IpAddress } from '../protocols/ip-address.ts';
import { isAtLeast, type EngineRelease } from './engine-release.ts';
import type { AddressLease, NetworkIpam } from './ipam/network-ipam.ts';

/**
 * The default gateway of an endpoint on a network whose gateway is somebody else's (macvlan, ipvlan): that of the
 * subnet its address is from, null when there is none. From release 29 only one that was asked for
 * (moby#50929).
 */
export function externalGateway(
  ipam: NetworkIpam | null,
  lease: AddressLease | null,
  release: EngineRelease,
): IpAddress | null {
  const subnet = ipam?.subnets.find(({ pool }) => pool === lease?.pool);
  if (subnet === undefined) return null;
  return isAtLeast(release, 29) ? (subnet.config.gateway ?? null) : subnet.gateway;
}
