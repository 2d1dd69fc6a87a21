import type { Process } from '../../core/host/process.ts';
import type { Program, ProgramRun } from '../../core/host/program.ts';
import { spawnByName } from '../child-process.ts';
import { pythonHttpServer } from '../http/python-http-server.ts';
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

/** `python3 SCRIPT …` and `python3 -m http.server …`: what is modelled, and no other Python. */
function* python3(proc: Process): ProgramRun {
  if (proc.argv[1] === '-m' && proc.argv[2] === 'http.server')
    return yield* pythonHttpServer(proc, proc.argv.slice(3));
  if (proc.argv[1] === '-c') return notModelled(proc, 'Python given by -c');
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
