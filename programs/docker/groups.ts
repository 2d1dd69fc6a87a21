import { COMPOSE_GROUP } from './compose/index.ts';
import { CONTAINER_GROUP } from './container/index.ts';
import type { DockerGroup } from './docker-command.ts';
import { IMAGE_GROUP } from './image/index.ts';
import { NETWORK_GROUP } from './network/index.ts';
import { NODE_GROUP } from './node/index.ts';
import { SERVICE_GROUP } from './service/index.ts';
import { STACK_GROUP } from './stack/index.ts';
import { SWARM_GROUP } from './swarm/index.ts';
import { SYSTEM_GROUP } from './system/index.ts';

/** Every docker command there is, in groups. */
export const GROUPS: readonly DockerGroup[] = [
  COMPOSE_GROUP,
  CONTAINER_GROUP,
  IMAGE_GROUP,
  NETWORK_GROUP,
  NODE_GROUP,
  SERVICE_GROUP,
  STACK_GROUP,
  SWARM_GROUP,
  SYSTEM_GROUP,
];
