import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { FORWARD_MASQ, FORWARD_TUNNEL } from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import type { IpvsState } from '../ipvs-state.ts';
import { endpointText, sortedDestinations, sortedServices } from './list-services.ts';
import { schedulerFlagNames } from './scheduler-flags.ts';

/** `ipvsadm -S`: the commands that make the tables again. */
export function saveServices(ipvs: IpvsState, numeric: boolean): string {
  return sortedServices(ipvs, false)
    .map((service) => saveService(service, numeric))
    .join('');
}

function saveService(service: IpvsService, numeric: boolean): string {
  const name = serviceSwitch(service, numeric);
  let text = `-A ${name} -s ${service.scheduler.name}`;
  if (service.persistent) {
    text += ` -p ${service.persistentTimeoutS}`;
    if (service.netmask !== 0xffffffff) text += ` -M ${formatIpv4(service.netmask)}`;
  }
  if (service.onePacket) text += ' -o';
  const flags = schedulerFlagNames(service);
  text += flags === '' ? '\n' : ` -b ${flags}\n`;
  for (const { address, port, forwarding, weight } of sortedDestinations(service, false)) {
    const server = endpointText(address, port, numeric);
    const method = forwarding === FORWARD_MASQ ? '-m' : forwarding === FORWARD_TUNNEL ? '-i' : '-g';
    const tunnel = forwarding === FORWARD_TUNNEL ? ' --tun-type ipip' : '';
    text += `-a ${name} -r ${server} ${method} -w ${weight}${tunnel}\n`;
  }
  return text;
}

function serviceSwitch(service: IpvsService, numeric: boolean): string {
  if (service.fwmark !== 0) return `-f ${service.fwmark}`;
  const letter = service.protocol === PROTO.TCP ? '-t' : '-u';
  return `${letter} ${endpointText(service.address, service.port, numeric)}`;
}
