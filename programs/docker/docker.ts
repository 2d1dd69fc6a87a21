import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { DockerError } from '../../drivers/docker-error.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';
import { GROUPS } from './groups.ts';
import { operandComplaint, type DockerCommand, type DockerGroup } from './docker-command.ts';
import { CliError } from './cli-error.ts';
import { FlagError, Flags, HelpRequested, flagUsages, parseFlags, type FlagSpec } from './flags.ts';
import { TemplateError } from './format/template.ts';

const NO_DAEMON =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n';

/**
 * `docker`: finds the command, reads its words, has it talk to the daemon of its machine, prints errors as docker
 * does. Not modelled: contexts, other daemons (-H), configuration files, the daemon's API over a socket.
 */
export function* docker(proc: Process): ProgramRun {
  return yield* runDocker(proc, proc.argv.slice(1));
}

/** `docker-compose`, by which Compose goes as well. */
export function* dockerCompose(proc: Process): ProgramRun {
  return yield* runDocker(proc, ['compose', ...proc.argv.slice(1)]);
}

function* runDocker(proc: Process, args: readonly string[]): ProgramRun {
  const [first, second] = args;
  if (first === undefined || first === '--help' || first === 'help') {
    proc.print(overview());
    return 0;
  }
  if (first === '--version' || first === '-v') return yield* runNamed(proc, 'version', args.slice(1));
  const shortcut = findShortcut(first);
  if (shortcut !== undefined) return yield* runCommand(proc, `docker ${first}`, shortcut, args.slice(1));
  const group = GROUPS.find(({ name }) => name === first);
  if (group === undefined) {
    proc.printError(`docker: '${first}' is not a docker command.\nSee 'docker --help'\n`);
    return 1;
  }
  if (group.flags !== undefined) return yield* runInGroup(proc, group, group.flags, args.slice(1));
  const command = group.commands.find(({ names }) => names.includes(second ?? ''));
  if (command !== undefined)
    return yield* runCommand(proc, `docker ${first} ${second}`, command, args.slice(2));
  return printGroup(proc, group, second);
}

/** A group with flags of its own, which stand before the command. */
function* runInGroup(
  proc: Process,
  group: DockerGroup,
  specs: readonly FlagSpec[],
  args: readonly string[],
): ProgramRun {
  const path = `docker ${group.name}`;
  let groupFlags;
  try {
    groupFlags = parseFlags(args, specs, false);
  } catch (error) {
    if (error instanceof HelpRequested) return printGroup(proc, group, '--help');
    if (!(error instanceof FlagError)) throw error;
    proc.printError(`${error.message}\nSee '${path} --help'.\n`);
    return 125;
  }
  const name = groupFlags.bool('version') ? 'version' : groupFlags.operands[0];
  const command = group.commands.find(({ names }) => names.includes(name ?? ''));
  if (command !== undefined) {
    return yield* runCommand(proc, `${path} ${name}`, command, groupFlags.operands.slice(1), groupFlags);
  }
  if (name === undefined) return printGroup(proc, group, name);
  const isReal = group.notModelled?.includes(name) === true;
  proc.printError(
    isReal
      ? `docker: not modelled: ${group.name} ${name}\n`
      : `unknown docker command: "${group.name} ${name}"\n`,
  );
  return 1;
}

function printGroup(proc: Process, group: DockerGroup, asked: string | undefined): number {
  const isQuestion = asked === undefined || asked === '--help';
  if (isQuestion) proc.print(groupOverview(group));
  else proc.printError(groupOverview(group));
  return isQuestion ? 0 : 1;
}

function findShortcut(name: string): DockerCommand | undefined {
  return GROUPS.flatMap(({ commands }) => commands).find(({ shortcuts }) => shortcuts?.includes(name));
}

function* runNamed(proc: Process, name: string, args: readonly string[]): ProgramRun {
  return yield* runCommand(proc, `docker ${name}`, findShortcut(name)!, args);
}

function* runCommand(
  proc: Process,
  path: string,
  command: DockerCommand,
  args: readonly string[],
  groupFlags: Flags = new Flags(),
): ProgramRun {
  try {
    const flags = parseFlags(args, command.flags, command.interspersed ?? true);
    const complaint = operandComplaint(path, command, flags.operands.length);
    if (complaint !== null) {
      proc.printError(complaint);
      return 1;
    }
    const engine = engineOf(proc.host);
    if (engine === null || proc.context.fileSystem !== proc.host.fileSystem) {
      proc.printError(NO_DAEMON);
      return 1;
    }
    return yield* command.run({ proc, engine, flags, operands: flags.operands, groupFlags });
  } catch (error) {
    return reportError(proc, path, command, error);
  }
}

function reportError(proc: Process, path: string, command: DockerCommand, error: unknown): number {
  if (error instanceof HelpRequested) {
    proc.print(commandHelp(path, command));
    return 0;
  }
  if (error instanceof FlagError) {
    proc.printError(`${error.message}\nSee '${path} --help'.\n`);
    return 125;
  }
  if (error instanceof CliError) {
    proc.printError(error.message === '' ? '' : `${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof TemplateError) {
    proc.printError(`Template parsing error: ${error.message}\n`);
    return 1;
  }
  if (!(error instanceof DockerError)) throw error;
  proc.printError(`Error response from daemon: ${error.message}\n`);
  return 1;
}

function commandHelp(path: string, command: DockerCommand): string {
  const usages = flagUsages(command.flags);
  const options = usages === '' ? '' : `\nOptions:\n${usages}`;
  return `\nUsage:  ${path} ${command.usage}\n\n${command.summary}\n${options}`;
}

function overview(): string {
  const shortcuts = GROUPS.flatMap(({ commands }) =>
    commands.flatMap(({ shortcuts: names, summary }) =>
      (names ?? []).slice(0, 1).map((name) => ({ name, summary })),
    ),
  );
  return (
    '\nUsage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n' +
    `\nManagement Commands:\n${columns(GROUPS)}\nCommands:\n${columns(shortcuts)}` +
    "\nRun 'docker COMMAND --help' for more information on a command.\n"
  );
}

function groupOverview(group: DockerGroup): string {
  const commands = group.commands.map(({ names, summary }) => ({ name: names[0]!, summary }));
  return (
    `\nUsage:  docker ${group.name} COMMAND\n\n${group.summary}\n\nCommands:\n${columns(commands)}` +
    `\nRun 'docker ${group.name} COMMAND --help' for more information on a command.\n`
  );
}

function columns(rows: readonly { readonly name: string; readonly summary: string }[]): string {
  const sorted = [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max(11, ...sorted.map(({ name }) => name.length)) + 1;
  return sorted.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join('');
}
