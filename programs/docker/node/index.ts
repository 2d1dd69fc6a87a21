import type { DockerGroup } from '../docker-command.ts';
import { demote } from './demote.ts';
import { inspect } from './inspect.ts';
import { ls } from './ls.ts';
import { promote } from './promote.ts';
import { rm } from './rm.ts';
import { update } from './update.ts';

/** Not modelled: ps, which lists tasks of services. */
export const NODE_GROUP: DockerGroup = {
  name: 'node',
  summary: 'Manage Swarm nodes',
  commands: [demote, inspect, ls, promote, rm, update],
};
