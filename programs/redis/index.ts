import type { NamedProgram } from '../named-program.ts';
import { redisCli } from './redis-cli.ts';
import { redisServer } from './redis-server.ts';

export const programs: readonly NamedProgram[] = [
  { names: ['redis-cli'], program: redisCli },
  { names: ['redis-server'], program: redisServer },
];
