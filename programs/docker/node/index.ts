import type { DockerGroup } from '../docker-command.ts';
import { demote } from './demote.ts';
import { inspect } from './inspect.ts';
import { ls } from './ls.ts';
import { promote } from './promote.ts';
import { ps } from './ps.ts';
import { rm } from './rm.ts';
import { update } from './update.ts';

export const NODE_GROUP: DockerGroup = {
  name: 'node',
  summary: 'Manage Swarm nodes',
  commands: [demote, inspect, ls, promote, ps, rm, update],
};
