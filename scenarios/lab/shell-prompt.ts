import type { Host } from '../../core/host/host.ts';
import type { Process, ProcessContext } from '../../core/host/process.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';

import { namespaceName } from '../run/docker-names.ts';

/** A shell that waits for the next line, in a container for example. */
export interface ShellPrompt {
  /** `c1$ `, or `> ` in the middle of a command. */
  readonly text: string;
  readonly host: Host;
  readonly context: ProcessContext;
  /** Its working directory. */
  readonly directory: string;
}

/** As the emulated shells write them, in one piece. */
const PROMPTS = [/^(\S+) # $/, /^root@[^\s:]+:(\S+)# $/, /^(> )$/];
const SHELLS = ['sh', 'ash', 'dash', 'bash'];

/** True for a piece of output that may be a shell's prompt. */
export function looksLikePrompt(text: string): boolean {
  return PROMPTS.some((pattern) => pattern.test(text));
}

/** The prompt of the process that reads, if it is a shell and `written` is what it wrote last; else null. */
export function shellPrompt(reader: Process | null, written: string): ShellPrompt | null {
  if (reader === null || !SHELLS.includes(baseName(reader.argv[0] ?? ''))) return null;
  const match = PROMPTS.map((pattern) => pattern.exec(written)).find((each) => each !== null);
  if (match === undefined) return null;
  const { host, context } = reader;
  if (match[1] === '> ') return { text: '> ', host, context, directory: '/' };
  const directory = match[1] === '~' ? '/root' : match[1]!;
  return { text: `${placeOf(reader)}$ `, host, context, directory };
}

/** Where a process runs, as a step's prompt has it: `host1`, `c1`, `host1:red`. */
function placeOf({ host, context }: Process): string {
  if (context.fileSystem !== host.fileSystem) {
    const containers = engineOf(host)?.containers.list() ?? [];
    return (
      containers.find(({ fileSystem }) => fileSystem === context.fileSystem)?.name ?? context.uts.hostname
    );
  }
  if (context.netns === host.initNamespace) return host.name;
  const name = namespaceName(host, context.netns);
  return name === null ? host.name : `${host.name}:${name}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}
