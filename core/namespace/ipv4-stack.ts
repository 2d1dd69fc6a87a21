import { isLoopbackAddress } from './ipv4-address-class.ts';
import { prefixMask } from '../../protocols/ipv4-address.ts';
import type { Ipv4InterfaceAddress } from '../device/ipv4-configuration.ts';
import { IFF_UP, type NetDevice } from '../device/net-device.ts';
import type { Packet } from '../packet/packet.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { Arp } from './arp.ts';
import { Icmp } from './icmp.ts';
import { IgmpListener } from './igmp.ts';
import { Ipv4Defragmenter, DEFRAG_LOCAL_DELIVER } from './ipv4-defragmenter.ts';
import { Ipv4Fib, selectSourceAddress } from './ipv4-fib.ts';
import { Ipv4Identification } from './ipv4-identification.ts';
import { ipReceive } from './ipv4-input.ts';
import { routeMeHarder } from './ipv4-reroute.ts';
import type { NetNamespace } from './net-namespace.ts';
import { NUD_PERMANENT } from './neighbour.ts';
import { PathMtuCache } from './path-mtu-cache.ts';

/** The IPv4 half of a namespace: tables, protocols without ports, and the configuration of addresses and devices. */
export class Ipv4Stack {
  readonly netns: NetNamespace;
  readonly fib = new Ipv4Fib();
  readonly arp: Arp;
  readonly icmp: Icmp;
  readonly defragmenter: Ipv4Defragmenter;
  readonly identification: Ipv4Identification;
  readonly pathMtu: PathMtuCache;
  private readonly igmpRandom: RandomStream;

  constructor(netns: NetNamespace) {
    this.netns = netns;
    const sim = netns.host.sim;
    const name = `${netns.host.name}/${netns.id}`;
    this.arp = new Arp(netns);
    this.icmp = new Icmp(netns);
    this.defragmenter = new Ipv4Defragmenter(netns);
    this.identification = new Ipv4Identification(sim, sim.random.stream(`${name}:ip-ids`));
    this.igmpRandom = sim.random.stream(`${name}:igmp`);
    this.pathMtu = new PathMtuCache(netns);
  }

  /** ip_rcv: a packet whose `head` is at the IPv4 header, from a device. */
  receive(dev: NetDevice, packet: Packet): void {
    ipReceive(this.netns, dev, packet);
  }

  /**
   * Reassembly for `user` (see DEFRAG_* in ipv4-defragmenter.ts): true when `packet` is, or has become, a whole
   * datagram; false when it was kept (or dropped, with its reason counted).
   */
  defragment(packet: Packet, user: number = DEFRAG_LOCAL_DELIVER): boolean {
    return this.defragmenter.defragment(packet, user);
  }

  /** ip_route_me_harder: routes a packet anew after its addresses or mark changed. 0, or a negative error number. */
  routeMeHarder(packet: Packet): number {
    return routeMeHarder(this.netns, packet);
  }

  /** inet_select_addr: the address of `dev` to send to `destination` from, 0 when there is none. */
  selectSourceAddress(dev: NetDevice, destination: number): number {
    return selectSourceAddress(this.netns, dev, destination);
  }

  /** Whether packets that come in on `dev` may be forwarded. */
  forwardingOn(dev: NetDevice): boolean {
    return dev.ipv4.forwarding !== 0;
  }

  /** net.ipv4.ip_forward: sets all, default and every device, as the kernel does. */
  setForwarding(value: number): void {
    this.netns.sysctl.ipForward = value;
    this.netns.sysctl.confAll.forwarding = value;
    this.netns.sysctl.confAll.acceptRedirects = value === 0 ? 1 : 0;
    this.netns.sysctl.confDefault.forwarding = value;
    for (const dev of this.netns.devices) dev.ipv4.forwarding = value;
  }

  /**
   * Adds an address to a device with its routes (inet_insert_ifa). Throws 'File exists' when the device has it.
   */
  addAddress(
    dev: NetDevice,
    local: number,
    prefixLength: number,
    options: { broadcast?: number; scope?: number; label?: string } = {},
  ): Ipv4InterfaceAddress {
    const mask = prefixMask(prefixLength);
    let secondary = false;
    for (const other of dev.ipv4.addresses) {
      if (other.prefixLength !== prefixLength || ((other.local ^ local) & mask) !== 0) continue;
      if (other.local === local) throw new Error('File exists');
      secondary = true;
    }
    dev.checkAddress(local);
    const address: Ipv4InterfaceAddress = {
      local,
      prefixLength,
      broadcast: options.broadcast ?? 0,
      scope: options.scope ?? (isLoopbackAddress(local) ? 254 : 0),
      label: options.label ?? dev.name,
      secondary,
    };
    dev.ipv4.addresses.push(address);
    this.fib.addAddress(dev, address);
    this.netns.notifyChanged(dev);
    return address;
  }

  /** Removes an address; false when the device does not have it. */
  removeAddress(dev: NetDevice, local: number, prefixLength: number): boolean {
    const index = dev.ipv4.addresses.findIndex(
      (address) => address.local === local && address.prefixLength === prefixLength,
    );
    if (index < 0) return false;
    const [removed] = dev.ipv4.addresses.splice(index, 1);
    const mask = prefixMask(prefixLength);
    if (!removed!.secondary) {
      // promote_secondaries is 0: the other addresses of the subnet go with the primary one.
      for (const other of dev.ipv4.addresses.slice()) {
        if (other.secondary && other.prefixLength === prefixLength && ((other.local ^ local) & mask) === 0) {
          this.removeAddress(dev, other.local, other.prefixLength);
        }
      }
    }
    this.fib.removeAddress(dev, local);
    this.netns.notifyChanged(dev);
    return true;
  }

  /** Sets IFF_UP: the routes of the device's addresses appear. Throws NetlinkError when the driver refuses. */
  setUp(dev: NetDevice): void {
    if (dev.isUp) return;
    dev.opening();
    dev.flags |= IFF_UP;
    if (dev.qdisc === 'noop') dev.qdisc = 'noqueue';
    if (dev === this.netns.loopback && dev.ipv4.addresses.length === 0) {
      this.addAddress(dev, 0x7f000001, 8, { scope: 254 });
    }
    for (const address of dev.ipv4.addresses) this.fib.addAddress(dev, address);
    dev.stateChanged();
    dev.ipv4.multicast!.up();
    this.netns.ipv6?.deviceUp(dev);
    this.netns.notifyChanged(dev);
  }

  /** Clears IFF_UP: routes through the device go, its neighbours are forgotten. */
  setDown(dev: NetDevice): void {
    if (!dev.isUp) return;
    dev.flags &= ~IFF_UP;
    this.fib.removeDevice(dev, true);
    this.arp.flush(dev, (neighbour) => neighbour.state !== NUD_PERMANENT);
    dev.stateChanged();
    dev.ipv4.multicast!.down();
    this.netns.ipv6?.deviceDown(dev);
    this.netns.notifyChanged(dev);
  }

  /** The carrier of a device came or went. */
  carrierChanged(dev: NetDevice): void {
    if (!dev.carrier) this.arp.flush(dev, (neighbour) => neighbour.state !== NUD_PERMANENT);
    this.netns.ipv6?.carrierChanged(dev);
    this.netns.notifyChanged(dev);
    if (dev.master !== null) dev.master.netns.notifyChanged(dev.master);
  }

  deviceAdded(dev: NetDevice): void {
    const from = this.netns.sysctl.confDefault;
    dev.ipv4.multicast = new IgmpListener(dev, this.igmpRandom);
    dev.ipv4.forwarding = from.forwarding;
    dev.ipv4.rpFilter = from.rpFilter;
    dev.ipv4.routeLocalnet = from.routeLocalnet;
    dev.ipv4.arpIgnore = from.arpIgnore;
    dev.ipv4.arpAnnounce = from.arpAnnounce;
    dev.ipv4.proxyArp = from.proxyArp;
    dev.ipv4.sendRedirects = from.sendRedirects;
    dev.ipv4.acceptRedirects = from.acceptRedirects;
    dev.ipv4.acceptLocal = from.acceptLocal;
  }

  deviceRemoved(dev: NetDevice): void {
    dev.ipv4.multicast!.down();
    dev.flags &= ~IFF_UP;
    dev.stateChanged();
    this.fib.removeDevice(dev, false);
    dev.ipv4.addresses.length = 0;
    this.arp.flush(dev);
  }

  /** ipv4_link_failure: a packet could not be handed to its next hop. Its sender gets "host unreachable". */
  linkFailure(packet: Packet): void {
    this.icmp.sendLinkFailure(packet);
  }

  destroy(): void {
    this.defragmenter.destroy();
  }
}
