import { NetlinkError } from '../../namespace/netlink-error.ts';
import { freeName, randomMac, registerDevice, type LinkRequest } from '../link-kinds.ts';
import { IFF_LOOPBACK, type NetDevice } from '../net-device.ts';
import { MACVLAN_MODE_PASSTHRU, MACVLAN_MODE_VEPA, macvlanMode } from './macvlan-mode.ts';
import { MacvlanPort } from './macvlan-port.ts';
import { Macvlan } from './macvlan.ts';

/** macvlan_common_newlink: `ip link add NAME link LOWER type macvlan mode MODE`. */
export function makeMacvlan(request: LinkRequest): NetDevice {
  const { netns } = request;
  if (request.lower === null) throw new NetlinkError('Invalid argument');
  const { mode, nopromisc } = readOptions(request.options);
  // A macvlan of a macvlan is one of the device underneath.
  const lower = request.lower instanceof Macvlan ? request.lower.lower : request.lower;
  const port = portOf(lower);
  if (port.isPassthru) throw new NetlinkError('Invalid argument');
  if (mode === MACVLAN_MODE_PASSTHRU && port.children.length > 0) throw new NetlinkError('Invalid argument');
  const name = request.name === '' ? freeName(netns, 'macvlan') : request.name;
  const dev = new Macvlan(name, netns.host, netns, request.mac ?? randomMac(netns), port, mode, nopromisc);
  registerDevice(netns, dev);
  return dev;
}

function portOf(lower: NetDevice): MacvlanPort {
  if (lower.rxHandler instanceof MacvlanPort) return lower.rxHandler;
  if ((lower.flags & IFF_LOOPBACK) !== 0) throw new NetlinkError('Invalid argument');
  if (lower.rxHandler !== null) throw new NetlinkError('Device or resource busy');
  return new MacvlanPort(lower);
}

function readOptions(options: ReadonlyMap<string, string>): { mode: number; nopromisc: boolean } {
  let mode = MACVLAN_MODE_VEPA;
  let nopromisc = false;
  for (const [option, value] of options) {
    if (option === 'mode') mode = readMode(value);
    else if (option === 'nopromisc') nopromisc = true;
    else throw new NetlinkError(`not modelled: macvlan option ${option}`, true);
  }
  if (nopromisc && mode !== MACVLAN_MODE_PASSTHRU) {
    throw new NetlinkError('nopromisc flag only valid in passthru mode', true);
  }
  return { mode, nopromisc };
}

function readMode(name: string): number {
  const mode = macvlanMode(name);
  if (mode !== undefined) return mode;
  if (name === 'source') throw new NetlinkError('not modelled: macvlan mode source', true);
  throw new NetlinkError(
    `argument of "mode" must be "private", "vepa", "bridge", "passthru" or "source", not "${name}"`,
    true,
  );
}
