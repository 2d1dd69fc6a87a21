import type { DockerGroup } from '../docker-command.ts';
import { init } from './init.ts';
import { join } from './join.ts';
import { joinToken } from './join-token.ts';
import { leave } from './leave.ts';
import { update } from './update.ts';

/** Not modelled: ca, unlock, unlock-key. */
export const SWARM_GROUP: DockerGroup = {
  name: 'swarm',
  summary: 'Manage Swarm',
  commands: [init, join, joinToken, leave, update],
};
