import type { Host } from '../../core/host/host.ts';
import type { Program } from '../../core/host/program.ts';
import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';

/** A program ready to start, and the arguments it gets. */
export interface Executable {
  readonly program: Program;
  readonly argv: readonly string[];
}

const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What a command line starts in a container: a script that its file system has, or a program; null for neither. */
export function findExecutable(
  host: Host,
  fileSystem: VirtualFileSystem,
  argv: readonly string[],
): Executable | null {
  const name = argv[0] ?? '';
  if (name === '' || name.endsWith('/')) return null;
  const paths = name.includes('/') ? [name] : PATH.map((directory) => `${directory}/${name}`);
  for (const path of paths) {
    const script = /^#!\s*(\S+)[ \t]*(\S*)/.exec(fileSystem.readText(path) ?? '');
    if (script === null) continue;
    const interpreter = host.env.programs.find(script[1]!);
    const options = script[2] === '' ? [] : [script[2]!];
    if (interpreter !== undefined) {
      return { program: interpreter, argv: [script[1]!, ...options, path, ...argv.slice(1)] };
    }
  }
  const program = host.env.programs.find(name);
  return program === undefined ? null : { program, argv };
}
