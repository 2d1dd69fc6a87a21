import { IpvsDestination } from './ipvs-destination.ts';
import { IpvsError } from './ipvs-error.ts';
import { IpvsService } from './ipvs-service.ts';
import type { IpvsState } from './ipvs-state.ts';
import { makeScheduler } from './scheduler/index.ts';

/** By what a service is found: a mark, or protocol, address and port with mark 0. */
export interface ServiceKey {
  fwmark: number;
  protocol: number;
  address: number;
  port: number;
}

/** What can be chosen of a service. */
export interface ServiceOptions {
  scheduler: string;
  schedulerFlags: number;
  persistent: boolean;
  persistentTimeoutS: number;
  netmask: number;
  onePacket: boolean;
}

export interface DestinationOptions {
  address: number;
  port: number;
  forwarding: number;
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
}

/** The virtual services of a namespace and their destinations, changed as ip_vs_ctl.c changes them. */
export class ServiceTable {
  private readonly ipvs: IpvsState;
  private readonly byMark = new Map<number, IpvsService>();
  /** By protocol and port, then by address: no key is made of them for a packet. */
  private readonly byPort = new Map<number, Map<number, IpvsService>>();
  private readonly order: IpvsService[] = [];
  /** Services with port 0, which take what has no other (persistent ones). */
  private zeroPorts = 0;
  /** Deleted destinations that connections still refer to. */
  private readonly trash: IpvsDestination[] = [];

  constructor(ipvs: IpvsState) {
    this.ipvs = ipvs;
  }

  /** In the order in which they were added. */
  list(): readonly IpvsService[] {
    return this.order;
  }

  /** ip_vs_service_find: for a packet; a mark comes first. */
  forPacket(mark: number, protocol: number, address: number, port: number): IpvsService | null {
    if (mark !== 0 && this.byMark.size > 0) {
      const marked = this.byMark.get(mark);
      if (marked !== undefined) return marked;
    }
    const exact = this.byPort.get((protocol << 16) | port)?.get(address);
    if (exact !== undefined) return exact;
    if (this.zeroPorts === 0) return null;
    return this.byPort.get(protocol << 16)?.get(address) ?? null;
  }

  find(key: ServiceKey): IpvsService | null {
    if (key.fwmark !== 0) return this.byMark.get(key.fwmark) ?? null;
    return this.byPort.get((key.protocol << 16) | key.port)?.get(key.address) ?? null;
  }

  /** ip_vs_add_service. */
  add(key: ServiceKey, options: ServiceOptions): IpvsService {
    if (this.find(key) !== null) throw new IpvsError('Service already exists');
    const { fwmark, protocol, address, port } = key;
    const service = new IpvsService(fwmark, protocol, address, port, this.ipvs.now);
    this.apply(service, options);
    service.scheduler = makeScheduler(options.scheduler, service);
    if (fwmark !== 0) this.byMark.set(fwmark, service);
    else {
      const portKey = (protocol << 16) | port;
      const byAddress = this.byPort.get(portKey) ?? new Map<number, IpvsService>();
      byAddress.set(address, service);
      this.byPort.set(portKey, byAddress);
      if (port === 0) this.zeroPorts++;
    }
    this.order.push(service);
    this.ipvs.enable();
    return service;
  }

  /** ip_vs_edit_service. */
  edit(service: IpvsService, options: ServiceOptions): void {
    this.apply(service, options);
    if (service.scheduler.name !== options.scheduler) {
      service.scheduler = makeScheduler(options.scheduler, service);
    }
  }

  /** ip_vs_del_service. */
  remove(service: IpvsService): void {
    if (service.fwmark !== 0) this.byMark.delete(service.fwmark);
    else {
      const portKey = (service.protocol << 16) | service.port;
      const byAddress = this.byPort.get(portKey)!;
      byAddress.delete(service.address);
      if (byAddress.size === 0) this.byPort.delete(portKey);
      if (service.port === 0) this.zeroPorts--;
    }
    this.order.splice(this.order.indexOf(service), 1);
    for (const destination of service.destinations()) this.discard(service, destination);
  }

  /** ip_vs_flush. */
  flush(): void {
    for (const service of this.order.slice()) this.remove(service);
  }

  /** ip_vs_add_dest: what is in the trash comes back with its connections. */
  addDestination(service: IpvsService, options: DestinationOptions): IpvsDestination {
    this.checkThresholds(options);
    const { address, port } = options;
    if (service.find(address, port) !== null) throw new IpvsError('Destination already exists');
    this.ipvs.connections.expire(this.ipvs.now);
    const destination =
      this.fromTrash(service, address, port) ??
      new IpvsDestination(service, address, port, options.forwarding, options.weight, this.ipvs.now);
    destination.service = service;
    destination.available = true;
    this.update(destination, options);
    service.link(destination);
    service.scheduler.changed?.(service, null);
    return destination;
  }

  /** ip_vs_edit_dest. */
  editDestination(service: IpvsService, options: DestinationOptions): void {
    this.checkThresholds(options);
    const destination = service.find(options.address, options.port);
    if (destination === null) throw new IpvsError('No such destination');
    this.update(destination, options);
    service.scheduler.changed?.(service, null);
  }

  /** ip_vs_del_dest. */
  removeDestination(service: IpvsService, address: number, port: number): void {
    const destination = service.find(address, port);
    if (destination === null) throw new IpvsError('No such destination');
    this.discard(service, destination);
    service.scheduler.changed?.(service, destination);
    // The kernel does this a jiffy later.
    if (this.ipvs.settings.expireNodestConn !== 0) this.ipvs.expireOf(destination);
  }

  /** Zeroes the counters of a service, or of all and the totals. */
  zero(service: IpvsService | null): void {
    const now = this.ipvs.now;
    for (const one of service === null ? this.order : [service]) {
      one.statistics.zero(now);
      for (const destination of one.destinations()) destination.statistics.zero(now);
    }
    if (service === null) this.ipvs.statistics.zero(now);
  }

  /** No connection refers to a deleted destination any more. */
  released(destination: IpvsDestination): void {
    if (destination.isReferenced) return;
    const index = this.trash.indexOf(destination);
    if (index >= 0) this.trash.splice(index, 1);
  }

  private apply(service: IpvsService, options: ServiceOptions): void {
    service.schedulerFlags = options.schedulerFlags;
    service.persistent = options.persistent;
    service.persistentTimeoutS = options.persistentTimeoutS;
    service.netmask = options.netmask >>> 0;
    service.onePacket = options.onePacket;
  }

  /** __ip_vs_update_dest. */
  private update(destination: IpvsDestination, options: DestinationOptions): void {
    destination.forwarding = options.forwarding;
    destination.weight = options.weight;
    if (options.weight !== 0) destination.lastWeight = options.weight;
    if (options.upperThreshold === 0 || options.upperThreshold > destination.upperThreshold) {
      destination.overloaded = false;
    }
    destination.upperThreshold = options.upperThreshold;
    destination.lowerThreshold = options.lowerThreshold;
  }

  private checkThresholds(options: DestinationOptions): void {
    if (options.lowerThreshold > options.upperThreshold) {
      throw new IpvsError('Numerical result out of range');
    }
  }

  private discard(service: IpvsService, destination: IpvsDestination): void {
    service.unlink(destination);
    destination.available = false;
    if (destination.isReferenced) this.trash.push(destination);
  }

  /** ip_vs_trash_get_dest: the same address and port of the same service. */
  private fromTrash(service: IpvsService, address: number, port: number): IpvsDestination | null {
    const index = this.trash.findIndex((one) => {
      const old = one.service;
      if (one.address !== address || one.port !== port || old.fwmark !== service.fwmark) return false;
      if (service.fwmark !== 0) return true;
      const { protocol } = service;
      return old.protocol === protocol && old.address === service.address && old.port === service.port;
    });
    return index < 0 ? null : this.trash.splice(index, 1)[0]!;
  }
}
