import type { Process } from '../../core/host/process.ts';
import type { Program, ProgramRun } from '../../core/host/program.ts';
import { spawnByName } from '../child-process.ts';
import type { NamedProgram } from '../named-program.ts';
import { notModelled } from '../not-modelled.ts';
import { dnsd } from './dnsd.ts';
import { tcpecho } from './tcpecho.ts';
import { tcpsend } from './tcpsend.ts';
import { udpecho } from './udpecho.ts';
import { udpsend } from './udpsend.ts';

const SCRIPTS: ReadonlyMap<string, Program> = new Map([
  ['udpecho.py', udpecho],
  ['udpsend.py', udpsend],
  ['tcpecho.py', tcpecho],
  ['tcpsend.py', tcpsend],
  ['dnsd.py', dnsd],
]);

/** `python3 SCRIPT …`: the scripts that are modelled, and no other Python. */
function* python3(proc: Process): ProgramRun {
  const path = proc.argv[1] ?? '';
  const known = SCRIPTS.has(path.slice(path.lastIndexOf('/') + 1));
  const script = known ? spawnByName(proc, proc.argv.slice(1)) : null;
  if (script === null) return notModelled(proc, 'Python, but for the scripts that are built in');
  return yield* proc.waitFor(script);
}

export const programs: NamedProgram[] = [
  ...[...SCRIPTS].map(([name, program]) => ({ names: [name], program })),
  { names: ['dnsd'], program: dnsd },
  { names: ['python3', 'python'], program: python3 },
];
