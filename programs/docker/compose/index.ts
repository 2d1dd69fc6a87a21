import type { DockerGroup } from '../docker-command.ts';
import { config } from './config.ts';
import { create } from './create.ts';
import { down } from './down.ts';
import { exec } from './exec.ts';
import { kill } from './kill.ts';
import { PROJECT_FLAGS } from './load-project.ts';
import { logs } from './logs.ts';
import { ls } from './ls.ts';
import { pause, unpause } from './pause.ts';
import { port } from './port.ts';
import { ps } from './ps.ts';
import { pull } from './pull.ts';
import { restart } from './restart.ts';
import { rm } from './rm.ts';
import { run } from './run.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { up } from './up.ts';
import { version } from './version.ts';

export const COMPOSE_GROUP: DockerGroup = {
  name: 'compose',
  summary: 'Define and run multi-container applications with Docker',
  flags: PROJECT_FLAGS,
  commands: [
    config,
    create,
    down,
    exec,
    kill,
    logs,
    ls,
    pause,
    port,
    ps,
    pull,
    restart,
    rm,
    run,
    start,
    stop,
    unpause,
    up,
    version,
  ],
  notModelled: [
    'attach',
    'build',
    'cp',
    'events',
    'images',
    'push',
    'scale',
    'stats',
    'top',
    'wait',
    'watch',
  ],
};
