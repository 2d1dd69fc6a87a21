import type { NamedProgram } from '../named-program.ts';
import { ethtool } from './ethtool.ts';

export const programs: NamedProgram[] = [{ names: ['ethtool'], program: ethtool }];
