import { exactly, type DockerCommand } from '../docker-command.ts';
import { CliError } from '../cli-error.ts';
import { splitPair } from '../flags.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { findNode } from './find-node.ts';
import { changeRole } from './role-command.ts';

const AVAILABILITIES = ['active', 'pause', 'drain'] as const;
const ROLES = ['worker', 'manager'] as const;

export const update: DockerCommand = {
  names: ['update'],
  usage: '[OPTIONS] NODE',
  summary: 'Update a node',
  flags: [
    { name: 'availability', kind: 'string', usage: 'Availability of the node ("active"|"pause"|"drain")' },
    { name: 'label-add', kind: 'list', usage: 'Add or update a node label (key=value)' },
    { name: 'label-rm', kind: 'list', usage: 'Remove a node label if exists' },
    { name: 'role', kind: 'string', usage: 'Role of the node ("worker"|"manager")' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const [term = ''] = operands;
    const member = findNode(asked, term);
    if (flags.has('availability')) {
      member.availability = oneOf(AVAILABILITIES, flags.string('availability'), 'availability');
    }
    for (const label of flags.list('label-rm')) {
      if (!member.labels.delete(label)) throw new CliError(`key ${label} doesn't exist in node's labels`);
    }
    for (const label of flags.list('label-add')) member.labels.set(...splitPair(label));
    if (flags.has('role')) changeRole(asked, member, oneOf(ROLES, flags.string('role'), 'role'));
    asked.cluster.services.wake();
    proc.print(`${term}\n`);
    return 0;
  },
};

function oneOf<T extends string>(known: readonly T[], given: string, what: string): T {
  const found = known.find((each) => each === given.toLowerCase());
  if (found !== undefined) return found;
  throw new CliError(
    `Error response from daemon: invalid ${what === 'role' ? 'Role' : 'Availability'}: "${given}"`,
  );
}
