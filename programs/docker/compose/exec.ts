import { exec as dockerExec } from '../container/exec.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { Flags } from '../flags.ts';
import { INDEX_FLAG, oneContainer } from './one-container.ts';
import { runningWork } from './work.ts';

/** The flags that `docker exec` takes as well. */
const PASSED = ['env', 'user', 'workdir', 'privileged', 'detach'];

export const exec: DockerCommand = {
  names: ['exec'],
  usage: '[OPTIONS] SERVICE COMMAND [ARGS...]',
  summary: 'Execute a command in a running container',
  flags: [
    { name: 'detach', short: 'd', kind: 'bool', usage: 'Detached mode: Run command in the background' },
    { name: 'env', short: 'e', kind: 'list', usage: 'Set environment variables' },
    INDEX_FLAG,
    { name: 'interactive', short: 'i', kind: 'bool' },
    { name: 'no-TTY', short: 'T', kind: 'bool', usage: 'Disable pseudo-TTY allocation' },
    { name: 'privileged', kind: 'bool', usage: 'Give extended privileges to the process' },
    { name: 'tty', short: 't', kind: 'bool' },
    { name: 'user', short: 'u', kind: 'string', usage: 'Run the command as this user' },
    {
      name: 'workdir',
      short: 'w',
      kind: 'string',
      usage: 'Path to workdir directory for this command',
    },
  ],
  interspersed: false,
  operands: atLeast(2),
  *run(context) {
    const { proc, flags, operands } = context;
    const [key = '', ...command] = operands;
    const container = oneContainer(runningWork(context), key, flags);
    const passed = new Flags();
    for (const name of PASSED) for (const value of flags.list(name)) passed.add(name, value);
    // Input is passed on, and a terminal is there when the client is on one.
    passed.add('interactive', String(flags.bool('interactive', true)));
    passed.add('tty', String(proc.stdin.isTerminal === true && !flags.bool('no-TTY')));
    return yield* dockerExec.run({ ...context, flags: passed, operands: [container.id, ...command] });
  },
};
