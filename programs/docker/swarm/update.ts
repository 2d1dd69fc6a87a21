import { CliError } from '../cli-error.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { requireManager } from './require-manager.ts';

/** Not modelled: what has to do with certificates, raft snapshots, task history and locking. */
export const update: DockerCommand = {
  names: ['update'],
  usage: '[OPTIONS]',
  summary: 'Update the swarm',
  flags: [
    { name: 'autolock', kind: 'bool', usage: 'Change manager autolocking setting (true|false)' },
    {
      name: 'cert-expiry',
      kind: 'string',
      type: 'duration',
      usage: 'Validity period for node certificates (ns|us|ms|s|m|h)',
      byDefault: '2160h0m0s',
    },
    {
      name: 'dispatcher-heartbeat',
      kind: 'string',
      type: 'duration',
      usage: 'Dispatcher heartbeat period (ns|us|ms|s|m|h)',
      byDefault: '5s',
    },
    { name: 'task-history-limit', kind: 'int', usage: 'Task history retention limit', byDefault: '5' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const node = requireManager(engine);
    if (flags.has('dispatcher-heartbeat')) {
      node.cluster.heartbeatNs = parseGoDuration(flags.string('dispatcher-heartbeat'));
    }
    for (const name of ['autolock', 'cert-expiry', 'task-history-limit']) {
      if (flags.has(name)) throw new CliError(`docker swarm update: --${name} is not modelled`);
    }
    proc.print('Swarm updated.\n');
    return 0;
  },
};

const UNIT_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** `5s`, `1m30s` (time.ParseDuration). */
function parseGoDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new CliError(
      `invalid argument "${text}" for "--dispatcher-heartbeat" flag: time: invalid duration "${text}"`,
      125,
    );
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_NS[unit!]!, 0);
}
