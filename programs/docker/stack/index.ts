import type { DockerGroup } from '../docker-command.ts';
import { deploy } from './deploy.ts';
import { ls } from './ls.ts';
import { ps } from './ps.ts';
import { rm } from './rm.ts';
import { services } from './services.ts';

export const STACK_GROUP: DockerGroup = {
  name: 'stack',
  summary: 'Manage Docker stacks',
  commands: [deploy, ls, ps, rm, services],
};
