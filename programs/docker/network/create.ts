import { consolidateIpamOptions } from '../../../drivers/ipam/consolidate-options.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import { DEFAULT_NETWORK_SPEC } from '../../../drivers/network/network-manager.ts';
import {
  isIpText,
  parseIp,
  parseIpPrefix,
  type IpAddress,
  type IpPrefix,
} from '../../../protocols/ip-address.ts';
import { CliError } from '../cli-error.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import type { Flags } from '../flags.ts';

export const create: DockerCommand = {
  names: ['create'],
  usage: '[OPTIONS] NETWORK',
  summary: 'Create a network',
  flags: [
    { name: 'attachable', kind: 'bool', usage: 'Enable manual container attachment' },
    {
      name: 'aux-address',
      kind: 'list',
      type: 'map',
      usage: 'Auxiliary IPv4 or IPv6 addresses used by Network driver',
      byDefault: 'map[]',
    },
    { name: 'config-from', kind: 'string', usage: 'The network from which to copy the configuration' },
    { name: 'config-only', kind: 'bool', usage: 'Create a configuration only network' },
    {
      name: 'driver',
      short: 'd',
      kind: 'string',
      usage: 'Driver to manage the Network',
      byDefault: '"bridge"',
    },
    { name: 'gateway', kind: 'list', type: 'strings', usage: 'IPv4 or IPv6 Gateway for the master subnet' },
    { name: 'ingress', kind: 'bool', usage: 'Create swarm routing-mesh network' },
    { name: 'internal', kind: 'bool', usage: 'Restrict external access to the network' },
    { name: 'ip-range', kind: 'list', type: 'strings', usage: 'Allocate container ip from a sub-range' },
    { name: 'ipam-driver', kind: 'string', usage: 'IP Address Management Driver', byDefault: '"default"' },
    {
      name: 'ipam-opt',
      kind: 'list',
      type: 'map',
      usage: 'Set IPAM driver specific options',
      byDefault: 'map[]',
    },
    { name: 'ipv6', kind: 'bool', usage: 'Enable IPv6 networking' },
    { name: 'label', kind: 'list', usage: 'Set metadata on a network' },
    {
      name: 'opt',
      short: 'o',
      kind: 'list',
      type: 'map',
      usage: 'Set driver specific options',
      byDefault: 'map[]',
    },
    { name: 'scope', kind: 'string', usage: "Control the network's scope" },
    {
      name: 'subnet',
      kind: 'list',
      type: 'strings',
      usage: 'Subnet in CIDR format that represents a network segment',
    },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const network = engine.networks.create({
      ...DEFAULT_NETWORK_SPEC,
      name: operands[0]!,
      driver: flags.string('driver', 'bridge'),
      driverOptions: flags.pairs('opt'),
      ipam: ipamConfigs(flags),
      ipamDriver: flags.string('ipam-driver', 'default'),
      ipamOptions: flags.pairs('ipam-opt'),
      internal: flags.bool('internal'),
      enableIpv6: flags.bool('ipv6'),
      attachable: flags.bool('attachable'),
      ingress: flags.bool('ingress'),
      configOnly: flags.bool('config-only'),
      configFrom: flags.string('config-from'),
      labels: flags.pairs('label'),
    });
    proc.print(`${network.id}\n`);
    return 0;
  },
};

function ipamConfigs(flags: Flags) {
  try {
    return consolidateIpamOptions({
      subnets: commaLists(flags, 'subnet').map(prefix),
      ipRanges: commaLists(flags, 'ip-range').map(prefix),
      gateways: commaLists(flags, 'gateway').map(address),
      auxAddresses: new Map([...flags.pairs('aux-address')].map(([name, text]) => [name, address(text)])),
    });
  } catch (error) {
    // These checks are the command's own, not the daemon's.
    if (error instanceof DockerError) throw new CliError(error.message);
    throw error;
  }
}

/** String slices may be given in one go: `--subnet a,b`. */
function commaLists(flags: Flags, name: string): string[] {
  return flags.list(name).flatMap((text) => text.split(','));
}

function prefix(text: string): IpPrefix {
  try {
    return parseIpPrefix(text);
  } catch {
    throw new CliError(`invalid CIDR address: ${text}`);
  }
}

function address(text: string): IpAddress {
  if (!isIpText(text)) throw new CliError(`invalid ip address: ${text}`);
  return parseIp(text);
}
