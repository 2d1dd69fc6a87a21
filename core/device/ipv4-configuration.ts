import type { IgmpListener } from '../namespace/igmp.ts';
import type { NetDevice } from './net-device.ts';

/** Address scopes (rtnetlink.h). */
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_SITE = 200;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_HOST = 254;
export const RT_SCOPE_NOWHERE = 255;

/** One IPv4 address of a device (struct in_ifaddr). */
export interface Ipv4InterfaceAddress {
  /** The local address. */
  local: number;
  prefixLength: number;
  /** 0 when no broadcast address was set. */
  broadcast: number;
  scope: number;
  label: string;
  /** A second address of a subnet the device already has one in. */
  secondary: boolean;
}

/** Per-device IPv4 settings (net.ipv4.conf.DEV.*) and addresses (struct in_device). */
export class Ipv4Configuration {
  readonly dev: NetDevice;
  readonly addresses: Ipv4InterfaceAddress[] = [];
  /** The groups it listens to; made when the device comes into a namespace. */
  multicast: IgmpListener | null = null;
  forwarding = 0;
  rpFilter = 0;
  routeLocalnet = 0;
  arpIgnore = 0;
  arpAnnounce = 0;
  arpFilter = 0;
  arpAccept = 0;
  proxyArp = 0;
  proxyArpPvlan = 0;
  sendRedirects = 1;
  acceptRedirects = 1;
  acceptLocal = 0;
  srcValidMark = 0;
  logMartians = 0;

  constructor(dev: NetDevice) {
    this.dev = dev;
  }
}
