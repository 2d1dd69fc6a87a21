import { IFF_LOOPBACK, type NetDevice } from '../net-device.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import { freeName, registerDevice, type LinkRequest } from '../link-kinds.ts';
import { Vlan } from './vlan.ts';

/** vlan_newlink: `ip link add link LOWER name NAME type vlan id ID`. */
export function makeVlan(request: LinkRequest): NetDevice {
  const { netns, lower, options } = request;
  const id = readId(options);
  if (id === null) throw new NetlinkError('8021q: VLAN id not specified', true);
  if (lower === null) throw new NetlinkError('8021q: link not specified', true);
  if ((lower.flags & IFF_LOOPBACK) !== 0) {
    throw new NetlinkError('8021q: VLANs not supported on device', true, 'Operation not supported');
  }
  if (lower.vlans?.has(id) === true)
    throw new NetlinkError('8021q: VLAN device already exists', true, 'File exists');
  const name = request.name === '' ? freeName(netns, 'vlan') : request.name;
  const dev = new Vlan(name, netns.host, netns, request.mac, lower, id);
  registerDevice(netns, dev);
  return dev;
}

function readId(options: ReadonlyMap<string, string>): number | null {
  let id: number | null = null;
  for (const [option, value] of options) {
    const isDefault =
      (option === 'reorder_hdr' && value === 'on') ||
      (['gvrp', 'mvrp', 'loose_binding', 'bridge_binding'].includes(option) && value === 'off') ||
      ((option === 'protocol' || option === 'proto') && value.toLowerCase() === '802.1q');
    if (option === 'id') id = vlanId(value);
    else if (!isDefault) throw new NetlinkError(`not modelled: vlan option ${option} ${value}`);
  }
  return id;
}

function vlanId(text: string): number {
  const id = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : NaN;
  if (!(id <= 0xffff)) throw new NetlinkError(`argument "${text}" is wrong: id is invalid`, true);
  if (id >= 0x0fff) throw new NetlinkError('8021q: Invalid VLAN id', true, 'Numerical result out of range');
  return id;
}
