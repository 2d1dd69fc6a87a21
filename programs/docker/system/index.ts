import type { DockerGroup } from '../docker-command.ts';
import { events } from './events.ts';
import { info } from './info.ts';
import { inspect } from './inspect.ts';
import { version } from './version.ts';

export const SYSTEM_GROUP: DockerGroup = {
  name: 'system',
  summary: 'Manage Docker',
  commands: [events, info, inspect, version],
};
