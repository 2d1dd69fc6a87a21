import type { DockerGroup } from '../docker-command.ts';
import { ls } from './ls.ts';
import { pull } from './pull.ts';

export const IMAGE_GROUP: DockerGroup = { name: 'image', summary: 'Manage images', commands: [ls, pull] };
