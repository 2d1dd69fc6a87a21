import { isIpv4Text, parseIpv4 } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { FORWARD_MASQ, FORWARD_ROUTE, FORWARD_TUNNEL } from '../ipvs-destination.ts';
import { SCHEDULER_FLAG_1, SCHEDULER_FLAG_2, SCHEDULER_FLAG_3 } from '../ipvs-service.ts';
import { FOREIGN_SCHEDULERS, isScheduler } from '../scheduler/index.ts';
import type { DestinationOptions, ServiceKey, ServiceOptions } from '../service-table.ts';
import { parseBounded, parseEndpoint } from './endpoint.ts';
import { IpvsadmError, type GivenOption } from './options.ts';

const DEFAULT_SCHEDULER = 'wlc';
const DEFAULT_PERSISTENT_TIMEOUT_S = 360;
export const MAX_TIMEOUT_S = 86400 * 31;
const MAX_INT = 0x7fffffff;

const SCHEDULER_FLAGS: ReadonlyMap<string, number> = new Map([
  ['sh-fallback', SCHEDULER_FLAG_1],
  ['sh-port', SCHEDULER_FLAG_2],
  ['mh-fallback', SCHEDULER_FLAG_1],
  ['mh-port', SCHEDULER_FLAG_2],
  ['flag-1', SCHEDULER_FLAG_1],
  ['flag-2', SCHEDULER_FLAG_2],
  ['flag-3', SCHEDULER_FLAG_3],
]);

/** What a command line says of a service and a real server (parse_options of ipvsadm.c). */
export class Request {
  key: ServiceKey | null = null;
  readonly service: ServiceOptions = {
    scheduler: DEFAULT_SCHEDULER,
    schedulerFlags: 0,
    persistent: false,
    persistentTimeoutS: 0,
    netmask: 0xffffffff,
    onePacket: false,
  };
  readonly destination: DestinationOptions = {
    address: 0,
    port: 0,
    forwarding: FORWARD_ROUTE,
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
  };

  /** Takes an option in; those that only choose what is listed are left to the caller. */
  take(option: GivenOption): void {
    const value = option.value ?? '';
    const { service, destination } = this;
    switch (option.name) {
      case 'tcp-service':
        this.key = serviceKey(PROTO.TCP, value);
        break;
      case 'udp-service':
        this.key = serviceKey(PROTO.UDP, value);
        break;
      case 'fwmark-service':
        this.key = { fwmark: parseMark(value), protocol: PROTO.TCP, address: 0, port: 0 };
        break;
      case 'scheduler':
        service.scheduler = schedulerName(value);
        break;
      case 'sched-flags':
        service.schedulerFlags = parseSchedulerFlags(value);
        break;
      case 'persistent':
        service.persistent = true;
        service.persistentTimeoutS =
          option.value === null ? DEFAULT_PERSISTENT_TIMEOUT_S : parseTimeout(value, 1);
        break;
      case 'netmask':
        if (!isIpv4Text(value)) throw new IpvsadmError('illegal virtual server persistent mask specified');
        service.netmask = parseIpv4(value);
        break;
      case 'ops':
        service.onePacket = true;
        break;
      case 'real-server':
        this.takeServer(value);
        break;
      case 'masquerading':
        destination.forwarding = FORWARD_MASQ;
        break;
      case 'ipip':
        destination.forwarding = FORWARD_TUNNEL;
        break;
      case 'gatewaying':
        destination.forwarding = FORWARD_ROUTE;
        break;
      case 'weight':
        destination.weight = bounded(value, 65535, 'illegal weight specified');
        break;
      case 'u-threshold':
        destination.upperThreshold = bounded(value, MAX_INT, 'illegal u_threshold specified');
        break;
      case 'l-threshold':
        destination.lowerThreshold = bounded(value, MAX_INT, 'illegal l_threshold specified');
        break;
      case 'tun-type':
        if (value !== 'ipip') throw new IpvsadmError(`not modelled: --tun-type ${value}`);
        break;
      case 'sctp-service':
      case 'ipv6':
      case 'pe':
      case 'tun-port':
      case 'mcast-interface':
      case 'syncid':
        throw new IpvsadmError(`not modelled: --${option.name}`);
      default:
        break;
    }
  }

  /** Checks what -A and -E ask for. */
  checkService(): ServiceKey {
    const key = this.needKey();
    if (key.fwmark !== 0) return key;
    if (key.port === 0 && !this.service.persistent) {
      throw new IpvsadmError('Zero port specified for non-persistent service');
    }
    if (this.service.onePacket && key.protocol !== PROTO.UDP) {
      throw new IpvsadmError('One-Packet Scheduling is only for UDP virtual services');
    }
    return key;
  }

  needKey(): ServiceKey {
    if (this.key === null) throw new Error('the command was checked to have a service');
    return this.key;
  }

  /** What -a and -e ask for: tunnels and direct routing cannot change the port. */
  checkDestination(): DestinationOptions {
    const key = this.needKey();
    if (key.fwmark === 0 && this.destination.forwarding !== FORWARD_MASQ) this.destination.port = key.port;
    return this.destination;
  }

  private takeServer(value: string): void {
    const server = parseEndpoint(value);
    if (server === null) throw new IpvsadmError('illegal real server address[:port] specified');
    this.destination.address = server.address;
    this.destination.port = server.hasPort ? server.port : (this.key?.port ?? 0);
  }
}

function serviceKey(protocol: number, text: string): ServiceKey {
  const endpoint = parseEndpoint(text);
  if (endpoint === null) throw new IpvsadmError('illegal virtual server address[:port] specified');
  return { fwmark: 0, protocol, address: endpoint.address, port: endpoint.port };
}

function parseMark(text: string): number {
  const mark = parseBounded(text, 1, 0xffffffff);
  if (mark === null) throw new IpvsadmError(`invalid fwmark value \`${text}' specified`);
  return mark;
}

/** A timeout in seconds. */
export function parseTimeout(text: string, min: number): number {
  const seconds = parseBounded(text, min, MAX_TIMEOUT_S);
  if (seconds === null) throw new IpvsadmError(`invalid timeout value \`${text}' specified`);
  return seconds;
}

function bounded(text: string, max: number, message: string): number {
  const number = parseBounded(text, 0, max);
  if (number === null) throw new IpvsadmError(message);
  return number;
}

function schedulerName(name: string): string {
  if (isScheduler(name)) return name;
  if (FOREIGN_SCHEDULERS.includes(name)) throw new IpvsadmError(`not modelled: scheduler ${name}`);
  throw new IpvsadmError('Scheduler not found', 255);
}

function parseSchedulerFlags(text: string): number {
  let flags = 0;
  for (const name of text.split(',')) {
    const flag = SCHEDULER_FLAGS.get(name);
    if (flag === undefined) throw new IpvsadmError('illegal scheduler flags specified');
    flags |= flag;
  }
  return flags;
}
