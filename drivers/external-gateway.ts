import type { IpAddress } from '../protocols/ip-address.ts';
import type { AddressLease, NetworkIpam } from './ipam/network-ipam.ts';

/**
 * The default gateway of an endpoint on a network whose gateway is somebody else's (macvlan, ipvlan): that of the
 * subnet its address is from, null when there is none.
 */
export function externalGateway(ipam: NetworkIpam | null, lease: AddressLease | null): IpAddress | null {
  return ipam?.subnets.find(({ pool }) => pool === lease?.pool)?.gateway ?? null;
}
