import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { DISPATCHER_HEARTBEAT, dispatcherHeartbeat } from './dispatcher-heartbeat.ts';
import { refuseFlags } from './node-options.ts';
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
    DISPATCHER_HEARTBEAT,
    { name: 'task-history-limit', kind: 'int', usage: 'Task history retention limit', byDefault: '5' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const node = requireManager(engine);
    refuseFlags(flags, 'update', ['autolock', 'cert-expiry', 'task-history-limit']);
    const heartbeatNs = dispatcherHeartbeat(flags);
    if (heartbeatNs !== null) node.cluster.heartbeatNs = heartbeatNs;
    proc.print('Swarm updated.\n');
    return 0;
  },
};
