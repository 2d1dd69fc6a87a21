import { initSwarm } from '../../../drivers/swarm/swarm-commands.ts';
import { parseIpPrefix } from '../../../protocols/ip-address.ts';
import { CliError } from '../cli-error.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import type { Flags } from '../flags.ts';
import { joinCommand } from './join-command.ts';

const DEFAULT_DATA_PATH_PORT = 4789;
const DEFAULT_MASK_LENGTH = 24;

export const init: DockerCommand = {
  names: ['init'],
  usage: '[OPTIONS]',
  summary: 'Initialize a swarm',
  flags: [
    { name: 'advertise-addr', kind: 'string', usage: 'Advertised address (format: <ip|interface>[:port])' },
    {
      name: 'data-path-addr',
      kind: 'string',
      usage: 'Address or interface to use for data path traffic (format: <ip|interface>)',
    },
    {
      name: 'data-path-port',
      kind: 'int',
      type: 'uint32',
      usage:
        'Port number to use for data path traffic (1024 - 49151). If no value is set or is set to 0, the default port (4789) is used.',
    },
    {
      name: 'default-addr-pool',
      kind: 'list',
      type: 'ipNetSlice',
      usage: 'default address pool in CIDR format',
      byDefault: '[]',
    },
    {
      name: 'default-addr-pool-mask-length',
      kind: 'int',
      type: 'uint32',
      usage: 'default address pool subnet mask length',
      byDefault: '24',
    },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const node = initSwarm(engine, {
      advertiseAddress: flags.string('advertise-addr'),
      dataPathAddress: flags.string('data-path-addr'),
      dataPathPort: dataPathPort(flags),
      addressPools: addressPools(flags),
    });
    proc.print(
      `Swarm initialized: current node (${node.nodeId}) is now a manager.\n\n${joinCommand(node, 'worker')}` +
        `To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.\n\n`,
    );
    return 0;
  },
};

function dataPathPort(flags: Flags): number {
  const port = flags.int('data-path-port', 0);
  if (port === 0) return DEFAULT_DATA_PATH_PORT;
  if (port >= 1024 && port <= 49151) return port;
  throw new CliError(
    `Error response from daemon: invalid DataPathPort number ${port}, must be between 1024 and 49151`,
  );
}

function addressPools(flags: Flags) {
  const size = flags.int('default-addr-pool-mask-length', DEFAULT_MASK_LENGTH);
  return flags
    .list('default-addr-pool')
    .flatMap((text) => text.split(','))
    .map((text) => {
      try {
        return { base: parseIpPrefix(text), size };
      } catch {
        throw new CliError(
          `invalid argument "${text}" for "--default-addr-pool" flag: invalid CIDR address: ${text}`,
          125,
        );
      }
    });
}
