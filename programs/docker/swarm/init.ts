import { initSwarm } from '../../../drivers/swarm/swarm-commands.ts';
import { parseIpPrefix } from '../../../protocols/ip-address.ts';
import { CliError } from '../cli-error.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import { DISPATCHER_HEARTBEAT, dispatcherHeartbeat } from './dispatcher-heartbeat.ts';
import { joinCommand } from './join-command.ts';
import { NODE_FLAGS, nodeOptions, refuseFlags } from './node-options.ts';

const DEFAULT_DATA_PATH_PORT = 4789;
const DEFAULT_MASK_LENGTH = 24;
const SWITCHES = ['autolock', 'force-new-cluster'];
const NOT_MODELLED = [
  ...SWITCHES,
  'cert-expiry',
  'external-ca',
  'max-snapshots',
  'snapshot-interval',
  'task-history-limit',
];

export const init: DockerCommand = {
  names: ['init'],
  usage: '[OPTIONS]',
  summary: 'Initialize a swarm',
  flags: [
    ...NODE_FLAGS,
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
    DISPATCHER_HEARTBEAT,
    ...NOT_MODELLED.map((name): FlagSpec => ({ name, kind: SWITCHES.includes(name) ? 'bool' : 'string' })),
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    refuseFlags(flags, 'init', NOT_MODELLED);
    const heartbeatNs = dispatcherHeartbeat(flags);
    const node = initSwarm(engine, {
      ...nodeOptions(flags, 'init'),
      dataPathPort: dataPathPort(flags),
      addressPools: addressPools(flags),
    });
    if (heartbeatNs !== null) node.cluster.heartbeatNs = heartbeatNs;
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
