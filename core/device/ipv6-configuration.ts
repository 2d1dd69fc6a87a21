import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { InterfaceAddress6 } from '../namespace/ipv6-interface-address.ts';
import type { MldListener } from '../namespace/mld.ts';
import type { RouterSolicitation } from '../namespace/router-solicitation.ts';
import { Ipv6AddressMap } from '../namespace/ipv6-address-map.ts';
import type { NeighbourParameters } from '../namespace/neighbour-parameters.ts';
import type { Neighbour } from '../namespace/neighbour.ts';
import type { NetDevice } from './net-device.ts';

/** How a link-local address is made (addr_gen_mode): by EUI-64, or not at all. */
export const IN6_ADDR_GEN_MODE_EUI64 = 0;
export const IN6_ADDR_GEN_MODE_NONE = 1;

/** The settings of net.ipv6.conf.*, for `all`, `default` and each device, with Linux 6.1's defaults. */
export class Ipv6DeviceConf {
  forwarding = 0;
  hopLimit = 64;
  acceptRa = 1;
  acceptRaDefrtr = 1;
  acceptRaPinfo = 1;
  acceptRaMtu = 1;
  acceptRedirects = 1;
  autoconf = 1;
  dadTransmits = 1;
  /** −1: solicit until an advertisement comes, ever more rarely. */
  routerSolicitations = -1;
  routerSolicitationIntervalNs = 4_000_000_000;
  routerSolicitationMaxIntervalNs = 3_600_000_000_000;
  routerSolicitationDelayNs = 1_000_000_000;
  acceptDad = 1;
  enhancedDad = 1;
  disableIpv6 = 0;
  ndiscNotify = 0;
  addrGenMode = IN6_ADDR_GEN_MODE_EUI64;
  keepAddrOnDown = 0;
  mldv2UnsolicitedReportIntervalNs = 1_000_000_000;
}

/** Per-device IPv6 settings and addresses (struct inet6_dev). */
export class Ipv6Configuration extends Ipv6DeviceConf {
  readonly dev: NetDevice;
  /** Widest scope first, newest first among equals (ipv6_link_dev_addr). */
  readonly addresses: InterfaceAddress6[] = [];
  /** Neighbour entries by address. */
  readonly neighbours = new Ipv6AddressMap<Neighbour>();
  readonly neighbourParameters: NeighbourParameters;
  /** The groups this device listens to. */
  readonly multicast: MldListener;
  readonly routerSolicitation: RouterSolicitation;
  /** IF_READY: up with carrier, and configured since. */
  ready = false;
  /** The carrier as it was last seen. */
  hadCarrier = false;
  /** IF_RA_RCVD: a router has advertised itself. */
  routerSeen = false;
  /** The MTU that a router advertised, or 0. */
  advertisedMtu = 0;

  constructor(
    dev: NetDevice,
    neighbourParameters: NeighbourParameters,
    multicast: MldListener,
    routerSolicitation: RouterSolicitation,
    defaults: Ipv6DeviceConf,
  ) {
    super();
    Object.assign(this, defaults);
    this.dev = dev;
    this.neighbourParameters = neighbourParameters;
    this.multicast = multicast;
    this.routerSolicitation = routerSolicitation;
  }

  find(address: Ipv6Address): InterfaceAddress6 | null {
    return this.addresses.find((known) => known.address.equals(address)) ?? null;
  }
}
