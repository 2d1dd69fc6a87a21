import { Bridge } from '../../core/device/bridge/bridge.ts';
import type { BridgePort } from '../../core/device/bridge/bridge-port.ts';
import { IFF_LOOPBACK, IFF_MULTICAST, IFF_NOARP, type NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { applyBridgeOptions, readKindOptions } from './kind-options.ts';
import { readLinkArguments, type LinkArguments } from './link-arguments.ts';

/** `ip link set [dev] NAME …`. */
export function setLink(command: IpCommand): number {
  const args = readLinkArguments(command);
  if (args.name === null) {
    throw new IpError('Not enough information: "dev" argument is required.', EXIT_USAGE);
  }
  const dev = command.device(args.name);
  command.requireAdmin();
  if (args.kind !== null) applyKindOptions(command, dev, args.kind);
  applyLinkSettings(command, dev, args);
  return 0;
}

/** do_setlink: in the kernel's order. */
export function applyLinkSettings(command: IpCommand, dev: NetDevice, args: LinkArguments): void {
  if (args.netns !== null) moveDevice(dev, args);
  if (args.mac !== null) changeMac(dev, args.mac);
  if (args.mtu !== null) changeMtu(dev, args.mtu);
  if (args.group !== null) dev.group = args.group === '0' ? 'default' : args.group;
  if (args.newName !== null && args.netns === null) rename(dev, args.newName);
  if (args.promiscuous !== null && args.promiscuous !== dev.promiscByHand) {
    dev.promiscByHand = args.promiscuous;
    dev.setPromiscuity(args.promiscuous ? 1 : -1);
  }
  if (args.arp !== null) dev.flags = args.arp ? dev.flags & ~IFF_NOARP : dev.flags | IFF_NOARP;
  if (args.multicast !== null) {
    dev.flags = args.multicast ? dev.flags | IFF_MULTICAST : dev.flags & ~IFF_MULTICAST;
  }
  if (args.up === true) dev.netns.ipv4.setUp(dev);
  if (args.up === false) dev.netns.ipv4.setDown(dev);
  if (args.master !== null) changeMaster(dev, args.master);
  if (args.txQueueLen !== null) dev.txQueueLen = args.txQueueLen;
}

function moveDevice(dev: NetDevice, args: LinkArguments): void {
  const target = args.netns!;
  if ((dev.flags & IFF_LOOPBACK) !== 0) {
    throw new NetlinkError('The interface netns is immutable', true);
  }
  if (target === dev.netns) return;
  const name = args.newName ?? dev.name;
  if (target.device(name) !== undefined) throw new NetlinkError('File exists');
  target.moveDeviceHere(dev, name);
}

function changeMac(dev: NetDevice, mac: Uint8Array): void {
  if ((mac[0]! & 1) !== 0 || mac.every((byte) => byte === 0)) {
    throw new NetlinkError('Cannot assign requested address');
  }
  dev.setMac(mac);
  if (dev instanceof Bridge) dev.macIsFixed = true;
  const port = portOf(dev);
  if (port !== undefined) port.bridge.portAddressChanged(port);
  dev.netns.notifyChanged(dev);
}

/** dev_validate_mtu. */
export function checkMtu(dev: NetDevice, mtu: number): void {
  if (mtu < dev.minMtu) throw new NetlinkError('mtu less than device minimum', true);
  if (dev.maxMtu > 0 && mtu > dev.maxMtu) throw new NetlinkError('mtu greater than device maximum', true);
}

function changeMtu(dev: NetDevice, mtu: number): void {
  checkMtu(dev, mtu);
  dev.mtu = mtu;
  if (dev instanceof Bridge) dev.mtuIsFixed = true;
  portOf(dev)?.bridge.portsChanged();
  dev.netns.notifyChanged(dev);
}

function rename(dev: NetDevice, name: string): void {
  if (name === dev.name) return;
  if (dev.isUp) throw new NetlinkError('Device or resource busy');
  if (dev.netns.device(name) !== undefined) throw new NetlinkError('File exists');
  for (const item of dev.ipv4.addresses) if (item.label === dev.name) item.label = name;
  dev.netns.renameDevice(dev, name);
}

/** do_set_master: the old master lets go first. */
function changeMaster(dev: NetDevice, master: NetDevice | 'none'): void {
  if (dev.master === master) return;
  dev.master?.releasePort(dev);
  if (master === 'none') return;
  if (!(master instanceof Bridge)) throw new NetlinkError('Operation not supported');
  if (dev instanceof Bridge) throw new NetlinkError('Can not enslave a bridge to a bridge', true);
  if ((dev.flags & IFF_LOOPBACK) !== 0) throw new NetlinkError('Invalid argument');
  if (dev.rxHandler !== null) throw new NetlinkError('Device or resource busy');
  master.addPort(dev);
}

function portOf(dev: NetDevice): BridgePort | undefined {
  return dev.master instanceof Bridge ? dev.master.portOf(dev) : undefined;
}

/** `type bridge …` and `type bridge_slave …`. */
function applyKindOptions(command: IpCommand, dev: NetDevice, kind: string): void {
  if (kind === 'bridge' && dev instanceof Bridge) {
    applyBridgeOptions(command, dev, readKindOptions(command, kind));
    return;
  }
  const port = portOf(dev);
  if (kind !== 'bridge_slave' || port === undefined) throw new NetlinkError('Operation not supported');
  for (const [option, value] of readKindOptions(command, kind)) applyPortOption(command, port, option, value);
}

/** Settings of a bridge port; also for `bridge link set`. */
export function applyPortOption(command: IpCommand, port: BridgePort, option: string, value: string): void {
  if (value !== 'on' && value !== 'off') command.notModelled(`bridge port option ${option} ${value}`);
  const on = value === 'on';
  switch (option) {
    case 'hairpin':
      port.hairpinMode = on;
      return;
    case 'learning':
      port.learning = on;
      return;
    case 'flood':
      port.flood = on;
      return;
    case 'mcast_flood':
      port.mcastFlood = on;
      return;
    case 'bcast_flood':
      port.bcastFlood = on;
      return;
    case 'isolated':
      port.isolated = on;
      return;
    case 'neigh_suppress':
      port.neighSuppress = on;
      return;
    default:
      command.notModelled(`bridge port option ${option}`);
  }
}
