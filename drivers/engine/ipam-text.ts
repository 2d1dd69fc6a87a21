import { formatIp, formatIpPrefix } from '../../protocols/ip-address.ts';
import type { NetworkIpam } from '../ipam/network-ipam.ts';
import type { IpamConfigText, NetworkCreateOptions } from './network-options.ts';

/**
 * IPAM.Config of `docker network inspect`: what the user gave; on networks other than the default bridge the gateway
 * that was chosen is shown too.
 */
export function ipamConfigTexts(ipam: NetworkIpam, options: NetworkCreateOptions): IpamConfigText[] {
  return ipam.subnets.map((subnet) => {
    const { config } = subnet;
    const showGateway = config.gateway !== undefined || options.name !== 'bridge';
    const aux = [...subnet.auxAddresses].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      Subnet: formatIpPrefix(subnet.pool.subnet),
      ...(config.ipRange !== undefined && { IPRange: formatIpPrefix(config.ipRange) }),
      ...(showGateway && { Gateway: formatIp(subnet.gateway) }),
      ...(aux.length > 0 && {
        AuxiliaryAddresses: Object.fromEntries(aux.map(([name, address]) => [name, formatIp(address)])),
      }),
    };
  });
}
