import { SCHEDULER_FLAG_1, SCHEDULER_FLAG_2, SCHEDULER_FLAG_3, type IpvsService } from '../ipvs-service.ts';

/** A service's scheduler flags by the names they have for its scheduler, with commas between. */
export function schedulerFlagNames(service: IpvsService): string {
  const { name } = service.scheduler;
  const hashes = name === 'sh' || name === 'mh';
  const names: string[] = [];
  if ((service.schedulerFlags & SCHEDULER_FLAG_1) !== 0) names.push(hashes ? `${name}-fallback` : 'flag-1');
  if ((service.schedulerFlags & SCHEDULER_FLAG_2) !== 0) names.push(hashes ? `${name}-port` : 'flag-2');
  if ((service.schedulerFlags & SCHEDULER_FLAG_3) !== 0) names.push('flag-3');
  return names.join(',');
}
