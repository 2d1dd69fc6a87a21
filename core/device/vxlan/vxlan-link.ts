import { isIpv4Text, parseIpv4 } from '../../../protocols/ipv4-address.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import { freeName, randomMac, registerDevice, type LinkRequest } from '../link-kinds.ts';
import type { NetDevice } from '../net-device.ts';
import { vxlanConfig, type VxlanConfig } from './vxlan-config.ts';
import { Vxlan } from './vxlan.ts';

type Draft = { -readonly [key in keyof VxlanConfig]?: VxlanConfig[key] };

/** vxlan_newlink: `ip link add NAME type vxlan id VNI …`. */
export function makeVxlan(request: LinkRequest): NetDevice {
  const { netns } = request;
  const config = readConfig(request);
  if (Vxlan.inUse(netns, config.vni, config.port) !== undefined) throw new NetlinkError('File exists');
  const name = request.name === '' ? freeName(netns, 'vxlan') : request.name;
  const dev = new Vxlan(name, netns.host, netns, request.mac ?? randomMac(netns), config);
  registerDevice(netns, dev);
  return dev;
}

function readConfig(request: LinkRequest): VxlanConfig {
  const draft: Draft = {};
  for (const [option, value] of request.options) readOption(draft, option, value);
  const { vni } = draft;
  if (vni === undefined) throw new NetlinkError('Invalid argument');
  if (draft.lower !== undefined && request.netns.device(draft.lower) === undefined) {
    throw new NetlinkError('No such device');
  }
  try {
    return vxlanConfig({ ...draft, vni });
  } catch (error) {
    throw new NetlinkError((error as Error).message);
  }
}

function readOption(draft: Draft, option: string, value: string): void {
  switch (option) {
    case 'id':
    case 'vni':
      draft.vni = number(option, value, 0xffffffff);
      return;
    case 'remote':
      draft.remote = address(value);
      return;
    case 'group':
      throw new NetlinkError('not modelled: a VXLAN multicast group');
    case 'local':
      draft.local = address(value);
      return;
    case 'dev':
      draft.lower = value;
      return;
    case 'dstport':
      draft.port = number(option, value, 65535);
      return;
    case 'srcport': {
      const [low = '', high = ''] = value.split(' ');
      draft.sourcePorts = [number(option, low, 65535), number(option, high, 65535)];
      return;
    }
    case 'ttl':
      draft.ttl = value === 'inherit' ? 'inherit' : value === 'auto' ? 0 : number(option, value, 255);
      return;
    case 'tos':
    case 'dsfield':
      draft.tos = value === 'inherit' ? 'inherit' : parseInt(value, 16);
      return;
    case 'df':
      if (value !== 'set' && value !== 'unset' && value !== 'inherit')
        throw new NetlinkError('Invalid argument');
      draft.df = value;
      return;
    case 'ageing':
      draft.ageingS = value === 'none' ? 0 : number(option, value, 0xffffffff);
      return;
    case 'maxaddress':
      draft.maxAddresses = value === 'unlimited' ? 0 : number(option, value, 0xffffffff);
      return;
    default:
      readFlag(draft, option);
  }
}

function readFlag(draft: Draft, option: string): void {
  const on = !option.startsWith('no');
  switch (on ? option : option.slice(2)) {
    case 'learning':
      draft.learning = on;
      return;
    case 'proxy':
      draft.proxy = on;
      return;
    case 'l2miss':
      draft.l2miss = on;
      return;
    case 'l3miss':
      draft.l3miss = on;
      return;
    case 'udpcsum':
      draft.udpChecksum = on;
      return;
    case 'udp6zerocsumtx':
    case 'udp6zerocsumrx':
      // These speak of an IPv6 underlay, which is not there to be spoken of.
      return;
    default:
      throw new NetlinkError(`not modelled: vxlan option ${option}`);
  }
}

function number(option: string, text: string, high: number): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : NaN;
  if (!(value <= high)) throw new NetlinkError(`invalid ${option} "${text}"`);
  return value;
}

function address(text: string): number {
  if (!isIpv4Text(text)) throw new NetlinkError(`invalid address "${text}"`);
  return parseIpv4(text);
}
