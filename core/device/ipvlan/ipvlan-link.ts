import { NetlinkError } from '../../namespace/netlink-error.ts';
import { freeName, registerDevice, type LinkRequest } from '../link-kinds.ts';
import { IFF_LOOPBACK, type NetDevice } from '../net-device.ts';
import { IPVLAN_BRIDGE, IPVLAN_FLAG_NAMES, IPVLAN_MODE_L3, IPVLAN_MODE_NAMES } from './ipvlan-mode.ts';
import { IpvlanPort } from './ipvlan-port.ts';
import { Ipvlan } from './ipvlan.ts';

/** ipvlan_link_new: `ip link add NAME link LOWER type ipvlan mode MODE [bridge|private|vepa]`. */
export function makeIpvlan(request: LinkRequest): NetDevice {
  const { netns } = request;
  if (request.lower === null) throw new NetlinkError('Invalid argument');
  const { mode, flag } = readOptions(request.options);
  const lower = request.lower instanceof Ipvlan ? request.lower.lower : request.lower;
  const port = portOf(lower);
  const name = request.name === '' ? freeName(netns, 'ipvlan') : request.name;
  const dev = new Ipvlan(name, netns.host, netns, port);
  registerDevice(netns, dev);
  port.setMode(mode, flag);
  return dev;
}

function portOf(lower: NetDevice): IpvlanPort {
  if (lower.rxHandler instanceof IpvlanPort) return lower.rxHandler;
  if ((lower.flags & IFF_LOOPBACK) !== 0) throw new NetlinkError('Invalid argument');
  if (lower.rxHandler !== null) throw new NetlinkError('Device or resource busy');
  return new IpvlanPort(lower);
}

/** Without a mode the kernel takes l3. */
function readOptions(options: ReadonlyMap<string, string>): { mode: number; flag: number } {
  let mode = IPVLAN_MODE_L3;
  let flag = IPVLAN_BRIDGE;
  for (const [option, value] of options) {
    const named = IPVLAN_FLAG_NAMES.findIndex((name) => name === option);
    if (option === 'mode') mode = readMode(value);
    else if (named >= 0) flag = named;
    else throw new NetlinkError(`not modelled: ipvlan option ${option}`, true);
  }
  return { mode, flag };
}

function readMode(name: string): number {
  const mode = IPVLAN_MODE_NAMES.findIndex((known) => known === name);
  if (mode >= 0) return mode;
  throw new NetlinkError('argument of "mode" must be either "l2", "l3" or "l3s"', true);
}
