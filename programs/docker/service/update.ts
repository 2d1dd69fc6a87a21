import { exactly, type DockerCommand } from '../docker-command.ts';
import type { FlagSpec } from '../flags.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findService } from './find-service.ts';
import { SERVICE_FLAGS } from './service-flags.ts';
import { updateSpec } from './update-spec.ts';
import { waitConverged } from './wait-converged.ts';

/** Flags that come as NAME-add and NAME-rm. */
const PAIRED: readonly [string, string][] = [
  ['network', 'network'],
  ['publish', 'published port'],
  ['constraint', 'constraint'],
  ['placement-pref', 'placement preference'],
  ['env', 'environment variable'],
  ['label', 'service label'],
  ['container-label', 'container label'],
  ['host', 'custom host-to-IP mapping'],
  ['dns', 'DNS server'],
  ['dns-search', 'DNS search domain'],
  ['dns-option', 'DNS option'],
  ['sysctl', 'sysctl option'],
];

const pairs: FlagSpec[] = PAIRED.flatMap(([name, words]): FlagSpec[] => [
  { name: `${name}-add`, kind: 'list', usage: `Add or update a ${words}` },
  { name: `${name}-rm`, kind: 'list', usage: `Remove a ${words}` },
]);

export const update: DockerCommand = {
  names: ['update'],
  usage: '[OPTIONS] SERVICE',
  summary: 'Update a service',
  flags: [
    ...SERVICE_FLAGS,
    ...pairs,
    { name: 'image', kind: 'string', usage: 'Service image tag' },
    { name: 'args', kind: 'string', type: 'command', usage: 'Service command args' },
    { name: 'force', kind: 'bool', usage: 'Force update even if no changes require it' },
    { name: 'rollback', kind: 'bool', usage: 'Rollback to previous specification' },
    { name: 'cap-add', kind: 'list', usage: 'Add Linux capabilities' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const { services } = asked.cluster;
    const [term = ''] = operands;
    const service = findService(asked, term);
    if (flags.bool('rollback')) services.rollback(service);
    else services.update(service, updateSpec(asked, service.spec, flags));
    proc.print(`${term}\n`);
    if (!flags.bool('detach')) yield* waitConverged(proc, services, service, flags.bool('quiet'));
    return 0;
  },
};
