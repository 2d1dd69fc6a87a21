/** One bridge network: its device, its settings, its rules (libnetwork drivers/bridge/bridge.go, setup_*.go). */
import { Bridge } from '../../core/device/bridge/bridge.ts';
import { formatIp, formatIpPrefix } from '../../protocols/ip-address.ts';
import { broadcastAddress } from '../../protocols/ipv4-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext, NetworkInfo } from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import type { IpamSubnet } from '../ipam/network-ipam.ts';
import { prefixesShareAddresses } from '../ipam/ordinals.ts';
import { addIpv6Address, enableIpv6On } from '../ipv6-configuration.ts';
import { randomDockerMac } from '../mac-address.ts';
import { writeSysctl } from '../sysctl.ts';
import type { BridgeEndpoint } from './endpoint.ts';
import type { FirewallNetwork } from './firewall/firewall-layout.ts';
import type { BridgeOptions } from './options.ts';

/** Up to release 26 every bridge with IPv6 has it besides its own (moby#47787). */
const BRIDGE_LINK_LOCAL = new Ipv6Address(0xfe800000, 0, 0, 1); // fe80::1

export class BridgeNetwork {
  readonly info: NetworkInfo;
  readonly options: BridgeOptions;
  readonly device: Bridge;
  /** False for a device that was there before the network: it is not removed with it. */
  readonly madeDevice: boolean;
  readonly endpoints = new Map<string, BridgeEndpoint>();
  private readonly context: DriverContext;

  constructor(context: DriverContext, info: NetworkInfo, options: BridgeOptions) {
    this.context = context;
    this.info = info;
    this.options = options;
    const existing = context.host.initNamespace.device(options.bridgeName);
    if (existing !== undefined && !(existing instanceof Bridge)) {
      throw new DockerError('invalid', `existing interface ${options.bridgeName} is not a bridge`);
    }
    this.madeDevice = existing === undefined;
    this.device = existing ?? this.makeDevice();
    this.setUpAddresses();
    if (!context.config.userlandProxy) this.device.ipv4.routeLocalnet = 1;
  }

  /** The subnet that has the containers' IPv4 addresses; the bridge driver takes one of a family. */
  get subnet4(): IpamSubnet | null {
    return this.info.ipam?.subnetsOf(4)[0] ?? null;
  }

  get subnet6(): IpamSubnet | null {
    return this.info.enableIpv6 ? (this.info.ipam?.subnetsOf(6)[0] ?? null) : null;
  }

  /** The network as the firewall of a family sees it; null when it has no addresses of that family. */
  firewallNetwork(family: 4 | 6): FirewallNetwork | null {
    const subnet = family === 4 ? this.subnet4 : this.subnet6;
    if (subnet === null) return null;
    return {
      bridge: this.options.bridgeName,
      subnet: formatIpPrefix(subnet.pool.subnet),
      internal: this.info.internal,
      icc: this.options.icc,
      masquerade: this.options.masquerade,
      snatTo: family === 4 ? this.options.hostIpv4 : null,
      gatewayMode: family === 4 ? this.options.gatewayModeIpv4 : this.options.gatewayModeIpv6,
      trustedInterfaces: this.options.trustedInterfaces,
    };
  }

  /** setupDeviceUp, the last step. */
  bringUp(): void {
    this.context.host.initNamespace.ipv4.setUp(this.device);
  }

  remove(): void {
    if (this.madeDevice && !this.options.isDefault) {
      this.context.host.initNamespace.destroyDevice(this.device);
    }
  }

  /** Throws when the other network's IPv4 subnet overlaps this one's, or has its device. */
  checkConflict(other: BridgeNetwork): void {
    const { id, name } = other.info;
    const mine = this.subnet4;
    const theirs = other.subnet4;
    const conflict = (reason: string) =>
      new DockerError(
        'forbidden',
        `cannot create network ${this.info.id} (${this.options.bridgeName}): conflicts with network ${id} (${other.options.bridgeName}): ${reason}`,
      );
    if (this.options.bridgeName === other.options.bridgeName)
      throw conflict('networks have same bridge name');
    if (mine === null || theirs === null || name === this.info.name) return;
    if (prefixesShareAddresses(mine.pool.subnet, theirs.pool.subnet)) {
      throw conflict('networks have overlapping IPv4');
    }
  }

  /** Docker sets a MAC, so the bridge keeps it whatever ports come. */
  private makeDevice(): Bridge {
    const { host, release } = this.context;
    const mac = randomDockerMac(this.context.random('bridge-macs'), release);
    const device = new Bridge(this.options.bridgeName, host, host.initNamespace, mac, true);
    device.txQueueLen = 0;
    host.initNamespace.addDevice(device);
    if (this.options.mtu > 0 && isAtLeast(release, 28)) {
      device.mtu = this.options.mtu;
      device.mtuIsFixed = true;
    }
    return device;
  }

  private setUpAddresses(): void {
    const netns = this.context.host.initNamespace;
    const { device } = this;
    writeSysctl(netns, `net/ipv6/conf/${device.name}/accept_ra`, '0');
    if (this.info.internal && this.options.gatewayModeIpv4 === 'isolated') return;
    const subnet = this.subnet4;
    if (subnet !== null && !this.options.inhibitIpv4) {
      const local = subnet.gateway as number;
      const { length } = subnet.pool.subnet;
      const known = device.ipv4.addresses.some(
        (each) => each.local === local && each.prefixLength === length,
      );
      const broadcast = broadcastAddress({ address: local, length });
      if (!known) netns.ipv4.addAddress(device, local, length, { broadcast });
    }
    const subnet6 = this.subnet6;
    if (subnet6 === null || subnet6.gateway === null || typeof subnet6.gateway === 'number') return;
    if (!enableIpv6On(netns, device)) {
      throw new DockerError(
        'internal',
        `could not enable IPv6 on ${device.name} (${formatIp(subnet6.gateway)})`,
      );
    }
    const { release } = this.context;
    // 27.4 turned the search for duplicates off (moby#48684).
    const probe = !isAtLeast(release, 27, 4);
    if (!isAtLeast(release, 27)) addIpv6Address(netns, device, BRIDGE_LINK_LOCAL, 64, { probe });
    addIpv6Address(netns, device, subnet6.gateway, subnet6.pool.subnet.length, { probe });
  }
}
