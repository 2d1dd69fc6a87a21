import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { portText } from '../../netfilter/text/services.ts';
import {
  FORWARD_LOCAL,
  FORWARD_MASQ,
  FORWARD_ROUTE,
  FORWARD_TUNNEL,
  type IpvsDestination,
} from '../ipvs-destination.ts';
import type { IpvsService } from '../ipvs-service.ts';
import type { IpvsState } from '../ipvs-state.ts';
import type { IpvsStatistics } from '../ipvs-statistics.ts';
import { schedulerFlagNames } from './scheduler-flags.ts';

/** What a listing shows of each line. */
export type ListFormat = 'plain' | 'stats' | 'rate' | 'thresholds' | 'persistent-conn';

export interface ListOptions {
  readonly format: ListFormat;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly nosort: boolean;
}

/** Buckets of the kernel's connection table (ip_vs_conn_tab_size). */
const TABLE_SIZE = 4096;

const FORWARD_NAMES: ReadonlyMap<number, string> = new Map([
  [FORWARD_MASQ, 'Masq'],
  [FORWARD_LOCAL, 'Local'],
  [FORWARD_TUNNEL, 'Tunnel'],
  [FORWARD_ROUTE, 'Route'],
]);

/** `ipvsadm -L`: every service, or one. */
export function listServices(ipvs: IpvsState, only: IpvsService | null, options: ListOptions): string {
  ipvs.connections.expire(ipvs.now);
  const services = only !== null ? [only] : sortedServices(ipvs, options.nosort);
  const head = only === null ? `IP Virtual Server version 1.2.1 (size=${TABLE_SIZE})\n` : '';
  return head + title(options.format) + services.map((one) => serviceText(ipvs, one, options)).join('');
}

/** In the order of marks, then protocol, address and port; or as they were added. */
export function sortedServices(ipvs: IpvsState, nosort: boolean): IpvsService[] {
  const services = ipvs.services.list().slice();
  if (nosort) return services;
  return services.sort(
    (a, b) => a.fwmark - b.fwmark || a.protocol - b.protocol || a.address - b.address || a.port - b.port,
  );
}

export function sortedDestinations(service: IpvsService, nosort: boolean): IpvsDestination[] {
  const destinations = service.destinations();
  return nosort ? destinations : destinations.sort((a, b) => a.address - b.address || a.port - b.port);
}

/** `address:port`. */
export function endpointText(address: number, port: number, numeric: boolean): string {
  return `${formatIpv4(address >>> 0)}:${portText(port, numeric)}`;
}

function title(format: ListFormat): string {
  if (format === 'plain') {
    return (
      'Prot LocalAddress:Port Scheduler Flags\n' +
      '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n'
    );
  }
  return `${'Prot LocalAddress:Port'.padEnd(33)} ${columnsOf(format)}\n  -> RemoteAddress:Port\n`;
}

function columnsOf(format: Exclude<ListFormat, 'plain'>): string {
  switch (format) {
    case 'stats':
      return rightColumns(['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes']);
    case 'rate':
      return rightColumns(['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS']);
    case 'thresholds':
      return leftColumns(['Uthreshold', 'Lthreshold', 'ActiveConn', 'InActConn'], [10, 10, 10, 10]);
    case 'persistent-conn':
      return leftColumns(['Weight', 'PersistConn', 'ActiveConn', 'InActConn'], [9, 11, 10, 10]);
  }
}

function rightColumns(words: readonly string[]): string {
  return words.map((word) => word.padStart(8)).join(' ');
}

function leftColumns(words: readonly (string | number)[], widths: readonly number[]): string {
  return words.map((word, i) => String(word).padEnd(widths[i]!)).join(' ');
}

function serviceText(ipvs: IpvsState, service: IpvsService, options: ListOptions): string {
  const name = serviceName(service, options.numeric);
  const counters = countersText(ipvs, service.statistics, options);
  const line = counters === null ? `${name} ${plainService(service)}` : name.padEnd(33) + counters;
  const rest = sortedDestinations(service, options.nosort).map((one) => destinationText(ipvs, one, options));
  return `${line}\n${rest.join('')}`;
}

function serviceName(service: IpvsService, numeric: boolean): string {
  if (service.fwmark !== 0) return `FWM  ${service.fwmark}`;
  const protocol = service.protocol === PROTO.TCP ? 'TCP' : 'UDP';
  return `${protocol}  ${endpointText(service.address, service.port, numeric)}`.slice(0, 33);
}

function plainService(service: IpvsService): string {
  let text = service.scheduler.name;
  const flags = schedulerFlagNames(service);
  if (flags !== '') text += ` (${flags})`;
  if (service.persistent) {
    text += ` persistent ${service.persistentTimeoutS}`;
    if (service.netmask !== 0xffffffff) text += ` mask ${formatIpv4(service.netmask)}`;
  }
  return service.onePacket ? `${text} ops` : text;
}

function destinationText(ipvs: IpvsState, destination: IpvsDestination, options: ListOptions): string {
  const name = endpointText(destination.address, destination.port, options.numeric).slice(0, 28).padEnd(28);
  const counters = countersText(ipvs, destination.statistics, options);
  return `  -> ${name}${counters ?? ` ${destinationColumns(destination, options.format)}`}\n`;
}

function destinationColumns(destination: IpvsDestination, format: ListFormat): string {
  const { weight, activeConnections: active, inactiveConnections: inactive } = destination;
  if (format === 'thresholds') {
    const { upperThreshold, lowerThreshold } = destination;
    return leftColumns([upperThreshold, lowerThreshold, active, inactive], [10, 10, 10, 10]);
  }
  if (format === 'persistent-conn') {
    return leftColumns([weight, destination.persistentConnections, active, inactive], [9, 11, 10, 10]);
  }
  return leftColumns([FORWARD_NAMES.get(destination.forwarding)!, weight, active, inactive], [7, 6, 10, 10]);
}

/** The five columns of --stats and --rate, null in other formats. */
function countersText(ipvs: IpvsState, statistics: IpvsStatistics, options: ListOptions): string | null {
  if (options.format === 'stats') {
    const { connections, inPackets, outPackets, inBytes, outBytes } = statistics;
    return largeNumbers([connections, inPackets, outPackets, inBytes, outBytes], options.exact);
  }
  if (options.format !== 'rate') return null;
  const { cps, inPps, outPps, inBps, outBps } = statistics.rates(ipvs.now);
  return largeNumbers([cps, inPps, outPps, inBps, outBps], options.exact);
}

/** print_largenum: nine columns each, in thousands and so on from a hundred million. */
function largeNumbers(numbers: readonly number[], exact: boolean): string {
  return numbers.map((number) => (exact ? exactNumber(number) : largeNumber(number))).join('');
}

function exactNumber(number: number): string {
  const text = String(number);
  return text.length <= 8 ? text.padStart(9) : ` ${text}`;
}

function largeNumber(number: number): string {
  const scaled = (divisor: number, unit: string): string =>
    String(Math.floor(number / divisor)).padStart(8) + unit;
  if (number < 1e8) return String(number).padStart(9);
  if (number < 1e9) return scaled(1e3, 'K');
  if (number < 1e11) return scaled(1e6, 'M');
  return number < 1e14 ? scaled(1e9, 'G') : scaled(1e12, 'T');
}
