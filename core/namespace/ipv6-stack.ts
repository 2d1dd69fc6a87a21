import { Ipv6Address, linkLocalFromMac } from '../../protocols/ipv6-address.ts';
import { IPV6_MIN_MTU } from '../../protocols/ipv6.ts';
import { IN6_ADDR_GEN_MODE_EUI64, Ipv6Configuration, Ipv6DeviceConf } from '../device/ipv6-configuration.ts';
import { IFF_LOOPBACK, IFF_MULTICAST, IFF_NOARP, type NetDevice } from '../device/net-device.ts';
import type { Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { Ipv6SocketTables } from '../socket/ipv6-socket-tables.ts';
import { Icmpv6 } from './icmpv6.ts';
import { RTN_UNICAST, RTPROT_BOOT, RT_TABLE_MAIN } from './ipv4-route.ts';
import { IPV6_SCOPE_LINK } from './ipv6-address-class.ts';
import { DEFRAG6_LOCAL_DELIVER, Ipv6Defragmenter } from './ipv6-defragmenter.ts';
import { Ipv6Fib, isLoopbackDevice } from './ipv6-fib.ts';
import { ip6Receive } from './ipv6-input.ts';
import { IFA_F_PERMANENT, InterfaceAddress6 } from './ipv6-interface-address.ts';
import { IP6_RT_PRIO_USER, RTPROT_RA, type Ipv6Route } from './ipv6-route.ts';
import { selectSourceAddress6 } from './ipv6-source-address.ts';
import { MldListener } from './mld.ts';
import { Ndisc } from './ndisc.ts';
import type { NetNamespace } from './net-namespace.ts';
import { NUD_PERMANENT } from './neighbour.ts';
import { PathMtuCache6 } from './path-mtu-cache6.ts';
import { RouterSolicitation } from './router-solicitation.ts';

/** The all-routers groups a forwarding device joins: of its own, its link's and its site's scope. */
const ALL_ROUTERS_GROUPS = [1, 2, 5].map((scope) => new Ipv6Address(0xff000000 | (scope << 16), 0, 0, 2));

/** How an address is added. Lifetimes in nanoseconds from now. */
export interface AddAddress6Options {
  flags?: number;
  origin?: InterfaceAddress6['origin'];
  /** false: the prefix gets no on-link route (noprefixroute, or one is there from an advertisement). */
  prefixRoute?: boolean;
  preferredNs?: number;
  validNs?: number;
}

/**
 * The IPv6 half of a namespace: tables, protocols without ports, and the configuration of addresses and devices
 * (net/ipv6/addrconf.c). A namespace without it has `ipv6` null, at no cost.
 */
export class Ipv6Stack {
  readonly netns: NetNamespace;
  readonly fib: Ipv6Fib;
  readonly ndisc: Ndisc;
  readonly icmp: Icmpv6;
  readonly defragmenter: Ipv6Defragmenter;
  readonly pathMtu: PathMtuCache6;
  readonly sockets: Ipv6SocketTables;
  /** net.ipv6.conf.all and net.ipv6.conf.default. */
  readonly confAll = new Ipv6DeviceConf();
  readonly confDefault = new Ipv6DeviceConf();
  /** Delays, nonces and fragment ids. */
  readonly random: RandomStream;
  private readonly labelKey: number;

  constructor(netns: NetNamespace) {
    this.netns = netns;
    const { sim, name } = netns.host;
    this.random = sim.random.stream(`${name}/${netns.id}:ipv6`);
    this.labelKey = this.random.uint32();
    this.fib = new Ipv6Fib(sim);
    this.ndisc = new Ndisc(this);
    this.icmp = new Icmpv6(this);
    this.defragmenter = new Ipv6Defragmenter(netns);
    this.pathMtu = new PathMtuCache6(netns);
    this.sockets = new Ipv6SocketTables(netns, this.random);
  }

  /** ipv6_rcv: a packet whose `head` is at the IPv6 header, from a device. */
  receive(dev: NetDevice, packet: Packet): void {
    ip6Receive(this.netns, dev, packet);
  }

  /**
   * Reassembly for `user` (DEFRAG6_* in ipv6-defragmenter.ts): true when `packet` is, or has become, a whole
   * packet; false when it was kept (or dropped, with its reason counted).
   */
  defragment(packet: Packet, user: number = DEFRAG6_LOCAL_DELIVER): boolean {
    return this.defragmenter.defragment(packet, user);
  }

  /** The source for a destination that is reached through `dev` (RFC 6724), or null. */
  selectSourceAddress(dev: NetDevice, destination: Ipv6Address): Ipv6Address | null {
    return selectSourceAddress6(this.netns, dev, destination);
  }

  /** ipv6_get_lladdr: a device's link-local address that is known to be unique, or null. */
  linkLocalAddress(dev: NetDevice): Ipv6Address | null {
    const addresses = dev.ipv6?.addresses ?? [];
    const found = addresses.find((one) => one.scope === IPV6_SCOPE_LINK && !one.tentative);
    return found?.address ?? null;
  }

  /** Whether neighbours on a device are found by asking. */
  resolves(dev: NetDevice): boolean {
    return (dev.flags & (IFF_NOARP | IFF_LOOPBACK)) === 0;
  }

  forwardingOn(dev: NetDevice): boolean {
    return dev.ipv6 !== null && dev.ipv6.forwarding !== 0;
  }

  /** ipv6_accept_ra: a router does not take advertisements, unless told to with 2. */
  acceptsAdvertisements(dev: NetDevice): boolean {
    const config = dev.ipv6!;
    if (isLoopbackDevice(dev)) return false;
    return config.forwarding !== 0 ? config.acceptRa === 2 : config.acceptRa !== 0;
  }

  /** ip6_dst_hoplimit: what the device was told, or 64. */
  hopLimitFor(route: Ipv6Route, _destination: Ipv6Address): number {
    return route.dev?.ipv6?.hopLimit ?? this.confDefault.hopLimit;
  }

  /** ip6_make_flowlabel with auto_flowlabels 1: a keyed hash of the flow, 20 bits. */
  flowLabel(source: Ipv6Address, destination: Ipv6Address, protocol: number, ports: number): number {
    let hash = Math.imul(source.w3 ^ source.w1 ^ this.labelKey, 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + (destination.w3 ^ destination.w1), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + ports + protocol, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & 0xfffff;
  }

  /** ipv6_select_ident: a random number that is not zero. */
  nextFragmentId(): number {
    return this.random.uint32() || 1;
  }

  /** net.ipv6.conf.all.forwarding: sets all, default and every device. */
  setForwarding(value: number): void {
    this.confAll.forwarding = value;
    this.confDefault.forwarding = value;
    for (const dev of this.netns.devices) this.setDeviceForwarding(dev, value);
    if (value !== 0) this.fib.removeWhere((route) => route.protocol === RTPROT_RA && route.gateway !== null);
  }

  /** dev_forward_change: a forwarding device listens to what is sent to routers. */
  setDeviceForwarding(dev: NetDevice, value: number): void {
    const config = dev.ipv6;
    if (config === null || (config.forwarding !== 0) === (value !== 0)) return;
    config.forwarding = value;
    if ((dev.flags & IFF_MULTICAST) === 0) return;
    for (const group of ALL_ROUTERS_GROUPS) {
      if (value !== 0) config.multicast.join(group);
      else config.multicast.leave(group);
    }
  }

  /** net.ipv6.conf.DEV.disable_ipv6: addresses go and come back with it. */
  setDisabled(dev: NetDevice, value: number): void {
    const config = dev.ipv6;
    if (config === null || (config.disableIpv6 !== 0) === (value !== 0)) return;
    if (value !== 0) this.interfaceDown(dev, true);
    config.disableIpv6 = value;
    if (value === 0 && dev.isUp) this.deviceUp(dev);
    this.netns.notifyChanged(dev);
  }

  /** net.ipv6.conf.all.disable_ipv6 also sets default and every device. */
  setAllDisabled(value: number): void {
    this.confAll.disableIpv6 = value;
    this.confDefault.disableIpv6 = value;
    for (const dev of this.netns.devices) this.setDisabled(dev, value);
  }

  /**
   * Adds an address (inet6_addr_add): it is tentative until duplicate address detection is over, when the device is
   * ready. Throws 'File exists' when the device has it, and 'Permission denied' when IPv6 is off there.
   */
  addAddress(
    dev: NetDevice,
    address: Ipv6Address,
    prefixLength: number,
    options: AddAddress6Options = {},
  ): InterfaceAddress6 {
    const config = dev.ipv6;
    if (config === null || config.disableIpv6 !== 0) throw new Error('Permission denied');
    if (config.find(address) !== null) throw new Error('File exists');
    const flags = options.flags ?? IFA_F_PERMANENT;
    const added = new InterfaceAddress6(this, dev, address, prefixLength, flags, options.origin ?? '');
    const index = config.addresses.findIndex((other) => added.scope >= other.scope);
    config.addresses.splice(index < 0 ? config.addresses.length : index, 0, added);
    if (options.validNs !== undefined)
      added.setLifetimes(options.preferredNs ?? options.validNs, options.validNs);
    if ((options.prefixRoute ?? true) && dev.isUp && prefixLength < 128) {
      this.fib.addPrefix(dev, address, prefixLength, added.validUntilNs);
    }
    if (dev.isUp) added.startDad();
    this.netns.notifyChanged(dev);
    return added;
  }

  /** Removes an address; false when the device does not have it. */
  removeAddress(dev: NetDevice, address: Ipv6Address): boolean {
    const config = dev.ipv6;
    const index = config?.addresses.findIndex((other) => other.address.equals(address)) ?? -1;
    if (config === null || index < 0) return false;
    const [removed] = config.addresses.splice(index, 1);
    removed!.destroy();
    if (removed!.inSolicitedGroup) config.multicast.leave(address.solicitedNodeGroup());
    this.forgetRoutesOf(removed!);
    this.netns.notifyChanged(dev);
    return true;
  }

  /** Adds a route by hand (`ip -6 route add`): what is not given is as iproute2 has it. */
  addRoute(
    destination: Ipv6Address,
    prefixLength: number,
    route: Partial<Ipv6Route> & { dev: NetDevice },
  ): void {
    this.fib.add({
      type: RTN_UNICAST,
      gateway: null,
      prefSrc: null,
      protocol: RTPROT_BOOT,
      table: RT_TABLE_MAIN,
      metric: IP6_RT_PRIO_USER,
      mtu: 0,
      expiresNs: Infinity,
      ...route,
      destination: destination.masked(prefixLength),
      prefixLength,
    });
  }

  /** Duplicate address detection is over, or was not needed (addrconf_dad_completed). */
  dadCompleted(address: InterfaceAddress6): void {
    const dev = address.dev;
    const config = dev.ipv6!;
    this.fib.addLocal(dev, address.address);
    const isFirstLinkLocal =
      address.scope === IPV6_SCOPE_LINK &&
      !isLoopbackDevice(dev) &&
      this.linkLocalAddress(dev)?.equals(address.address) === true;
    if (isFirstLinkLocal) config.multicast.dadCompleted();
    if (Math.max(config.ndiscNotify, this.confAll.ndiscNotify) !== 0 && this.resolves(dev)) {
      this.ndisc.sendAdvertisement(dev, Ipv6Address.ALL_NODES, address.address, false, true, true);
    }
    const solicits = isFirstLinkLocal && config.routerSolicitations !== 0;
    if (solicits && this.acceptsAdvertisements(dev)) config.routerSolicitation.start();
    this.netns.notifyChanged(dev);
  }

  /** An address changed its state. */
  addressChanged(dev: NetDevice): void {
    this.netns.notifyChanged(dev);
  }

  /** The default routes through a router that is one no more. */
  forgetRouter(dev: NetDevice, router: Ipv6Address): void {
    this.fib.removeWhere(
      (route) =>
        route.protocol === RTPROT_RA && route.dev === dev && (route.gateway?.equals(router) ?? false),
    );
  }

  /** A device was registered: it gets its settings (ipv6_add_dev). */
  deviceAdded(dev: NetDevice): void {
    const multicast = new MldListener(this, dev);
    dev.ipv6 = new Ipv6Configuration(
      dev,
      this.ndisc.createParameters(),
      multicast,
      new RouterSolicitation(this, dev),
      this.confDefault,
    );
    multicast.join(new Ipv6Address(0xff010000, 0, 0, 1));
    multicast.join(Ipv6Address.ALL_NODES);
    const routes = dev.ipv6.forwarding !== 0 && (dev.flags & IFF_MULTICAST) !== 0;
    if (routes) for (const group of ALL_ROUTERS_GROUPS) multicast.join(group);
  }

  /** NETDEV_UP. Nothing happens before the device has carrier. */
  deviceUp(dev: NetDevice): void {
    const config = dev.ipv6;
    if (config === null) return;
    if (config.disableIpv6 !== 0) return;
    this.restoreAddresses(dev);
    config.hadCarrier = dev.carrier;
    if (dev.carrier && dev.mtu >= IPV6_MIN_MTU) this.linkReady(dev);
  }

  /** NETDEV_CHANGE: the carrier of a device came or went, and with it perhaps that of the bridge it is a port of. */
  carrierChanged(dev: NetDevice): void {
    this.noticeCarrier(dev);
    const master = dev.master;
    if (master !== null) master.netns.ipv6?.noticeCarrier(master);
  }

  /** NETDEV_DOWN. */
  deviceDown(dev: NetDevice): void {
    const config = dev.ipv6;
    if (config === null) return;
    this.interfaceDown(dev, config.keepAddrOnDown === 0);
  }

  deviceRemoved(dev: NetDevice): void {
    if (dev.ipv6 === null) return;
    this.interfaceDown(dev, true);
    dev.ipv6 = null;
  }

  destroy(): void {
    this.defragmenter.destroy();
    this.sockets.destroy();
  }

  private noticeCarrier(dev: NetDevice): void {
    const config = dev.ipv6;
    if (config === null || !dev.isUp || config.hadCarrier === dev.carrier) return;
    config.hadCarrier = dev.carrier;
    if (!dev.carrier || config.disableIpv6 !== 0 || dev.mtu < IPV6_MIN_MTU) return;
    // Configured before: only the groups are told again, for the link may be another one.
    if (config.ready) config.multicast.up();
    else this.linkReady(dev);
  }

  /** addrconf_dev_config: routes, link-local address, and detection for the addresses that wait. */
  private linkReady(dev: NetDevice): void {
    const config = dev.ipv6!;
    config.ready = true;
    config.multicast.up();
    if (isLoopbackDevice(dev)) {
      if (config.addresses.length === 0) {
        this.addAddress(dev, Ipv6Address.LOOPBACK, 128, { origin: 'kernel_lo' });
      }
      return;
    }
    this.fib.addMulticast(dev);
    const waiting = config.addresses.slice();
    if (config.addrGenMode === IN6_ADDR_GEN_MODE_EUI64 && dev.hardHeaderLength !== 0) {
      const address = linkLocalFromMac(dev.mac, 0, dev.deviceId);
      if (config.find(address) === null) {
        this.addAddress(dev, address, 64, { flags: IFA_F_PERMANENT, origin: 'kernel_ll' });
      }
    }
    for (const address of waiting) if (address.tentative) address.startDad();
  }

  /** addrconf_permanent_addr: prefix routes of the addresses that outlived a time down. */
  private restoreAddresses(dev: NetDevice): void {
    for (const address of dev.ipv6!.addresses) {
      if (address.prefixLength === 128) continue;
      this.fib.addPrefix(dev, address.address, address.prefixLength, address.validUntilNs);
    }
  }

  /** addrconf_ifdown: routes, neighbours and, unless they are kept, addresses of the device go. */
  private interfaceDown(dev: NetDevice, dropAddresses: boolean): void {
    const config = dev.ipv6!;
    config.ready = false;
    config.routerSeen = false;
    config.routerSolicitation.stop();
    config.multicast.down();
    this.ndisc.flush(dev, dropAddresses ? undefined : (neighbour) => neighbour.state !== NUD_PERMANENT);
    for (const address of config.addresses.slice()) {
      if (dropAddresses || address.scope === IPV6_SCOPE_LINK) this.removeAddress(dev, address.address);
      else address.suspend();
    }
    this.fib.removeDevice(dev);
  }

  /** Takes back the local route of an address, and the on-link route when no other address needs it. */
  private forgetRoutesOf(gone: InterfaceAddress6): void {
    const { dev, address, prefixLength } = gone;
    const shared = dev.ipv6!.addresses.some(
      (other) => other.prefixLength === prefixLength && other.address.matchesPrefix(address, prefixLength),
    );
    const elsewhere = this.netns.devices.some(
      (other) => other !== dev && other.ipv6?.find(address)?.tentative === false,
    );
    this.fib.removeWhere((route) => {
      if (route.prefSrc?.equals(address) === true && !elsewhere) return true;
      if (route.dev !== dev) return false;
      if (route.prefixLength === 128 && route.type !== RTN_UNICAST) return route.destination.equals(address);
      const isPrefixRoute =
        route.type === RTN_UNICAST &&
        route.gateway === null &&
        route.prefixLength === prefixLength &&
        route.destination.equals(address.masked(prefixLength));
      return isPrefixRoute && !shared && prefixLength < 128 && gone.origin !== 'kernel_ra';
    });
  }
}

/** Gives a namespace its IPv6 half: every device it has, and gets, is configured. */
export function enableIpv6(netns: NetNamespace): Ipv6Stack {
  if (netns.ipv6 !== null) return netns.ipv6;
  const stack = new Ipv6Stack(netns);
  netns.ipv6 = stack;
  netns.listeners.push({ deviceChanged: (dev) => stack.carrierChanged(dev) });
  for (const dev of netns.devices) stack.deviceAdded(dev);
  for (const dev of netns.devices) if (dev.isUp) stack.deviceUp(dev);
  return stack;
}
