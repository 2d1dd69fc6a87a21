import type { Ipv4Route } from '../namespace/ipv4-route.ts';
import { IpvsStatistics } from './ipvs-statistics.ts';
import type { IpvsService } from './ipvs-service.ts';

/** How packets get to a destination (IP_VS_CONN_F_FWD_MASK). */
export const FORWARD_MASQ = 0;
export const FORWARD_LOCAL = 1;
export const FORWARD_TUNNEL = 2;
export const FORWARD_ROUTE = 3;

/** A real server of a virtual service (struct ip_vs_dest). */
export class IpvsDestination {
  /** The service it is of; the same service again when it comes back from the trash. */
  service: IpvsService;
  readonly address: number;
  /** 0: the port the client asked for (firewall mark services). */
  readonly port: number;
  forwarding: number;
  weight: number;
  /** The last weight that was not zero: what `mh` goes by. */
  lastWeight = 0;
  /** Total connections from which on it takes no new ones, 0 for no limit; and below which it takes them again. */
  upperThreshold = 0;
  lowerThreshold = 0;
  /** false once it was deleted from the service. */
  available = true;
  overloaded = false;
  activeConnections = 0;
  inactiveConnections = 0;
  persistentConnections = 0;
  readonly statistics: IpvsStatistics;
  /** Neighbours in the service's list. */
  next: IpvsDestination | null = null;
  previous: IpvsDestination | null = null;
  /** The route of direct routing whose next hop is the destination, made from `routedFrom`. */
  directRoute: Ipv4Route | null = null;
  routedFrom: Ipv4Route | null = null;

  constructor(
    service: IpvsService,
    address: number,
    port: number,
    forwarding: number,
    weight: number,
    now: number,
  ) {
    this.service = service;
    this.address = address;
    this.port = port;
    this.forwarding = forwarding;
    this.weight = weight;
    this.statistics = new IpvsStatistics(now);
  }

  get totalConnections(): number {
    return this.activeConnections + this.inactiveConnections;
  }

  /** Whether a connection still refers to it. */
  get isReferenced(): boolean {
    return this.totalConnections + this.persistentConnections > 0;
  }

  /** After a connection came: at the upper threshold it is overloaded. */
  connectionAdded(): void {
    if (this.upperThreshold !== 0 && this.totalConnections >= this.upperThreshold) this.overloaded = true;
  }

  /** After a connection went (ip_vs_unbind_dest). */
  connectionRemoved(): void {
    if (!this.overloaded) return;
    const total = this.totalConnections;
    if (this.lowerThreshold !== 0) {
      if (total < this.lowerThreshold) this.overloaded = false;
    } else if (this.upperThreshold === 0 || total * 4 < this.upperThreshold * 3) {
      this.overloaded = false;
    }
  }
}
