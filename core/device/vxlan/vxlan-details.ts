import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import type { VxlanConfig } from './vxlan-config.ts';

/** What `ip -d link` prints after the kind, as iproute2 6.1 does. */
export function vxlanDetails(config: VxlanConfig): string {
  const words = [`id ${config.vni}`];
  if (config.remote !== 0) words.push(`remote ${formatIpv4(config.remote)}`);
  if (config.local !== 0) words.push(`local ${formatIpv4(config.local)}`);
  if (config.lower !== '') words.push(`dev ${config.lower}`);
  words.push(`srcport ${config.sourcePorts.join(' ')}`, `dstport ${config.port}`);
  if (!config.learning) words.push('nolearning');
  if (config.proxy) words.push('proxy');
  if (config.l2miss) words.push('l2miss');
  if (config.l3miss) words.push('l3miss');
  if (config.tos === 'inherit') words.push('tos inherit');
  else if (config.tos !== 0) words.push(`tos 0x${config.tos.toString(16)}`);
  words.push(`ttl ${config.ttl === 0 ? 'auto' : config.ttl}`);
  if (config.df !== 'unset') words.push(`df ${config.df}`);
  words.push(`ageing ${config.ageingS === 0 ? 'none' : config.ageingS}`);
  if (config.maxAddresses !== 0) words.push(`maxaddr ${config.maxAddresses}`);
  words.push(config.udpChecksum ? 'udpcsum' : 'noudpcsum', 'noudp6zerocsumtx', 'noudp6zerocsumrx');
  return words.join(' ');
}
