import type { ExpiryList } from './expiry-list.ts';
import type { IpvsDestination } from './ipvs-destination.ts';

/** Bits of `flags` (IP_VS_CONN_F_*). */
export const CONN_INACTIVE = 0x0100;
/** Packets towards the client do not come by here: direct routing and tunnels. */
export const CONN_NOOUTPUT = 0x0080;
export const CONN_TEMPLATE = 0x1000;
export const CONN_ONE_PACKET = 0x2000;
/** Its packets keep their conntrack entry (net.ipv4.vs.conntrack was set when it was made). */
export const CONN_NFCT = 0x10000;
/** Out of the table. */
export const CONN_GONE = 0x100000;

/** State of a template that a connection which came about follows (IP_VS_CTPL_S_ASSURED). */
export const TEMPLATE_ASSURED = 1;

/**
 * A connection, or the template that later connections of a client follow (struct ip_vs_conn). Addresses are signed
 * 32-bit words and times jiffies, so that every field is a small integer or a reference.
 */
export class IpvsConnection {
  /** 0 for the template of a firewall mark service. */
  readonly protocol: number;
  readonly client: number;
  /** The virtual address; of the template of a firewall mark service, the mark. */
  readonly virtual: number;
  readonly real: number;
  /** The client's port above, the virtual port below. */
  readonly ports: number;
  readonly realPort: number;
  readonly destination: IpvsDestination;
  /** How its packets are sent (FORWARD_*): that of its destination when it was made. */
  readonly forwarding: number;
  flags: number;
  /** TCP_S_* of tcp-states.ts; 0 of other protocols; of templates TEMPLATE_ASSURED or 0. */
  state = 0;
  /** Of templates: their timeout in jiffies; else 0, as the state says. */
  templateTimeout = 0;
  expires = 0;
  /** The template it follows, and how many connections follow this one. */
  control: IpvsConnection | null = null;
  controlled = 0;
  /** Next in the hash chain. */
  next: IpvsConnection | null = null;
  /** Neighbours among those with the same timeout, which expire in this order. */
  list: ExpiryList | null = null;
  older: IpvsConnection | null = null;
  newer: IpvsConnection | null = null;

  constructor(
    protocol: number,
    client: number,
    clientPort: number,
    virtual: number,
    virtualPort: number,
    destination: IpvsDestination,
    realPort: number,
    flags: number,
  ) {
    this.protocol = protocol;
    this.client = client | 0;
    this.virtual = virtual | 0;
    this.real = destination.address | 0;
    this.ports = (clientPort << 16) | virtualPort;
    this.realPort = realPort;
    this.destination = destination;
    this.forwarding = destination.forwarding;
    this.flags = flags;
  }

  get clientPort(): number {
    return this.ports >>> 16;
  }

  get virtualPort(): number {
    return this.ports & 0xffff;
  }

  get isTemplate(): boolean {
    return (this.flags & CONN_TEMPLATE) !== 0;
  }

  get isGone(): boolean {
    return (this.flags & CONN_GONE) !== 0;
  }
}
