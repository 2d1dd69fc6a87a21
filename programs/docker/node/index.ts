import type { DockerGroup } from '../docker-command.ts';
import { ls } from './ls.ts';

export const NODE_GROUP: DockerGroup = {
  name: 'node',
  summary: 'Manage Swarm nodes',
  commands: [ls],
};
