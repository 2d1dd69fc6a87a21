import { NetlinkError } from '../namespace/netlink-error.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { Bridge } from './bridge/bridge.ts';
import { Dummy } from './dummy.ts';
import { makeIpvlan } from './ipvlan/ipvlan-link.ts';
import { makeMacvlan } from './macvlan/macvlan-link.ts';
import type { NetDevice } from './net-device.ts';
import { Veth } from './veth.ts';
import { makeVlan } from './vlan/vlan-link.ts';
import { makeVxlan } from './vxlan/vxlan-link.ts';

/** A device to be made: what `ip link add` has worked out of its arguments. */
export interface LinkRequest {
  netns: NetNamespace;
  /** '' when the kernel is to choose one. */
  name: string;
  /** null: the kernel draws one. */
  mac: Uint8Array | null;
  /** The device that `link` names. */
  lower: NetDevice | null;
  /** The kind's own options by name, '' for a flag (`mode` → `bridge`, `l2miss` → ''). */
  options: ReadonlyMap<string, string>;
  /** The other end of a pair. */
  peer: { netns: NetNamespace; name: string; mac: Uint8Array | null } | null;
}

/** A kind of device that can be made by hand: makes it and registers it, down. Throws NetlinkError. */
export type LinkMaker = (request: LinkRequest) => NetDevice;

/** Every kind that `ip link add … type KIND` can make. One line for each. */
export const LINK_KINDS: ReadonlyMap<string, LinkMaker> = new Map<string, LinkMaker>([
  ['bridge', makeBridge],
  ['dummy', makeDummy],
  ['ipvlan', makeIpvlan],
  ['macvlan', makeMacvlan],
  ['veth', makeVeth],
  ['vlan', makeVlan],
  ['vxlan', makeVxlan],
]);

/** eth_random_addr: a random locally administered unicast MAC. */
export function randomMac(netns: NetNamespace): Uint8Array {
  const { sim, name } = netns.host;
  const mac = sim.random.stream(`${name}:device-macs`).bytes(6);
  mac[0] = (mac[0]! & 0xfe) | 0x02;
  return mac;
}

/** The first free `PREFIXn`, as the kernel names a device that was given no name. */
export function freeName(netns: NetNamespace, prefix: string): string {
  let number = 0;
  while (netns.device(`${prefix}${number}`) !== undefined) number++;
  return `${prefix}${number}`;
}

/** Registers a new device; refuses a name that is taken. */
export function registerDevice(netns: NetNamespace, dev: NetDevice): void {
  if (netns.device(dev.name) !== undefined) throw new NetlinkError('File exists');
  netns.addDevice(dev);
}

function makeBridge({ netns, name, mac }: LinkRequest): NetDevice {
  const bridge = new Bridge(
    name === '' ? freeName(netns, 'bridge') : name,
    netns.host,
    netns,
    mac ?? randomMac(netns),
    mac !== null,
  );
  registerDevice(netns, bridge);
  return bridge;
}

function makeDummy({ netns, name, mac }: LinkRequest): NetDevice {
  const dummy = new Dummy(
    name === '' ? freeName(netns, 'dummy') : name,
    netns.host,
    netns,
    mac ?? randomMac(netns),
  );
  registerDevice(netns, dummy);
  return dummy;
}

/** veth_newlink: the peer is registered first, so it has the lower index. */
function makeVeth({ netns, name, mac, peer }: LinkRequest): NetDevice {
  const peerNetns = peer?.netns ?? netns;
  const peerName = peer === null || peer.name === '' ? freeName(peerNetns, 'veth') : peer.name;
  if (netns.device(name) !== undefined || peerNetns.device(peerName) !== undefined) {
    throw new NetlinkError('File exists');
  }
  const [dev, other] = Veth.pair(
    netns.host,
    { name, netns, mac: mac ?? randomMac(netns) },
    { name: peerName, netns: peerNetns, mac: peer?.mac ?? randomMac(peerNetns) },
  );
  registerDevice(peerNetns, other);
  // Only now: the peer may have taken veth0.
  if (name === '') dev.name = freeName(netns, 'veth');
  registerDevice(netns, dev);
  if (peerNetns !== netns) {
    netns.peerIds.idOf(peerNetns);
    peerNetns.peerIds.idOf(netns);
  }
  return dev;
}
