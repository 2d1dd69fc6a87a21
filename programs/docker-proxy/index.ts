import type { NamedProgram } from '../named-program.ts';
import { dockerProxy } from './docker-proxy.ts';

export const programs: readonly NamedProgram[] = [{ names: ['docker-proxy'], program: dockerProxy }];
