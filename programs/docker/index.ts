import type { NamedProgram } from '../named-program.ts';
import { docker, dockerCompose } from './docker.ts';

export const programs: readonly NamedProgram[] = [
  { names: ['docker'], program: docker },
  { names: ['docker-compose'], program: dockerCompose },
];
