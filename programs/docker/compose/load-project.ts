/** Finds and reads the files of a project (compose-go cli/options.go, docker/compose cmd/compose/compose.go). */
import * as v from 'valibot';
import type { Process } from '../../../core/host/process.ts';
import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { Variables } from '../../compose-file/interpolate.ts';
import { loadComposeFile, type ComposeFile } from '../../compose-file/load-compose-file.ts';
import { FileError } from '../../compose-file/problem.ts';
import { networkSchema } from '../../compose-file/schema/network.ts';
import { attachmentSchema, type Service } from '../../compose-file/schema/service.ts';
import { absolutePath, parentDirectory, resolvePath, workingDirectory } from '../../files.ts';
import { CliError } from '../cli-error.ts';
import type { DockerContext } from '../docker-command.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import {
  FILE_IS_WRONG,
  FILE_NOT_FOUND,
  checkProject,
  type ComposeProject,
  type ProjectNetwork,
} from './project.ts';

/** The flags between `docker compose` and the command. */
export const PROJECT_FLAGS: readonly FlagSpec[] = [
  { name: 'ansi', kind: 'string' },
  { name: 'env-file', kind: 'list', type: 'stringArray', usage: 'Specify an alternate environment file' },
  { name: 'file', short: 'f', kind: 'list', type: 'stringArray', usage: 'Compose configuration files' },
  { name: 'profile', kind: 'list', type: 'stringArray', usage: 'Specify a profile to enable' },
  { name: 'progress', kind: 'string' },
  { name: 'project-directory', kind: 'string', usage: 'Specify an alternate working directory' },
  { name: 'project-name', short: 'p', kind: 'string', usage: 'Project name' },
  { name: 'version', short: 'v', kind: 'bool', usage: 'Show the Docker Compose version information' },
];

const FILE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** The project of the files at hand. `named` services are there whatever their profiles. */
export function loadProject(context: DockerContext, named: readonly string[] = []): ComposeProject {
  const paths = filePaths(context);
  if (paths.length === 0) throw new CliError('no configuration file provided: not found', FILE_NOT_FOUND);
  return readProject(context, paths, named);
}

/** The project's name; its files too unless only `-p NAME` says which project is meant. */
export function projectOrName(context: DockerContext): { name: string; project: ComposeProject | null } {
  const paths = filePaths(context);
  if (paths.length === 0) {
    const name = givenName(context.proc, context.groupFlags);
    if (name !== undefined) return { name, project: null };
  }
  const project = loadProject(context);
  return { name: project.name, project };
}

/** A line that Compose's logger writes when it is not on a terminal (logrus TextFormatter). */
export function logWarning(proc: Process, text: string): void {
  const time = rfc3339(Math.floor(proc.nowNs / 1e9) * 1e9);
  proc.printError(`time="${time}" level=warning msg=${JSON.stringify(text)}\n`);
}

function filePaths({ proc, groupFlags }: DockerContext): string[] {
  const given = groupFlags.list('file');
  if (given.length > 0) return given.map((path) => absolutePath(proc, path));
  const fromEnvironment = proc.environment.get('COMPOSE_FILE');
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return fromEnvironment.split(':').map((path) => absolutePath(proc, path));
  const has = (path: string) => proc.context.fileSystem.find(path) !== null;
  for (let directory = projectDirectory(proc, groupFlags); ; directory = parentDirectory(directory)) {
    const found = FILE_NAMES.map((name) => resolvePath(directory, name)).find(has);
    if (found !== undefined) {
      const over = OVERRIDES.map((name) => resolvePath(directory, name)).find(has);
      return over === undefined ? [found] : [found, over];
    }
    if (directory === '/') return [];
  }
}

function projectDirectory(proc: Process, flags: Flags): string {
  const given = flags.string('project-directory');
  return given === '' ? workingDirectory(proc) : absolutePath(proc, given);
}

function readProject(
  context: DockerContext,
  paths: readonly string[],
  named: readonly string[],
): ComposeProject {
  const { proc, groupFlags } = context;
  const directory = groupFlags.has('project-directory')
    ? projectDirectory(proc, groupFlags)
    : parentDirectory(paths[0]!);
  const variables = projectVariables(proc, groupFlags, directory);
  const file = readFiles(proc, paths, variables);
  for (const name of file.unsetVariables) {
    logWarning(proc, `The "${name}" variable is not set. Defaulting to a blank string.`);
  }
  const name =
    givenName(proc, groupFlags) ?? variables['COMPOSE_PROJECT_NAME'] ?? file.name ?? normalName(directory);
  if (name === '') throw new CliError('project name must not be empty', FILE_IS_WRONG);
  if (name !== normalName(name)) {
    throw new CliError(
      `invalid project name "${name}": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
      FILE_IS_WRONG,
    );
  }
  const profiles = new Set([
    ...groupFlags.list('profile'),
    ...(variables['COMPOSE_PROFILES'] ?? '').split(',').filter((profile) => profile !== ''),
  ]);
  const isOn = (key: string, service: Service) =>
    service.profiles.length === 0 ||
    named.includes(key) ||
    profiles.has('*') ||
    service.profiles.some((profile) => profiles.has(profile));
  const all = Object.entries(file.services);
  const services = Object.fromEntries(all.filter(([key, service]) => isOn(key, service)));
  const disabled = new Set(all.filter(([key, service]) => !isOn(key, service)).map(([key]) => key));
  warnOfWhatIsNotModelled(proc, file, Object.keys(services));
  const project = withDefaultNetwork({
    name,
    workingDirectory: directory,
    configFiles: paths,
    services,
    networks: namedNetworks(name, file),
    data: file.data,
  });
  checkProject(project, disabled);
  return project;
}

function readFiles(proc: Process, paths: readonly string[], variables: Variables): ComposeFile {
  const texts = paths.map((file) => {
    const text = proc.context.fileSystem.readText(file);
    if (text === null) throw new CliError(`open ${file}: no such file or directory`, FILE_NOT_FOUND);
    return { file, text };
  });
  try {
    return loadComposeFile(texts, variables);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CliError(error.message, FILE_IS_WRONG);
  }
}

function givenName(proc: Process, flags: Flags): string | undefined {
  return flags.string('project-name') || proc.environment.get('COMPOSE_PROJECT_NAME') || undefined;
}

/** A directory's name as a project's: lower case, without what is not allowed (compose-go NormalizeProjectName). */
function normalName(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[_-]+/, '');
}

/** What ${NAME} stands for: the client's environment, before the `.env` file of the project's directory. */
function projectVariables(proc: Process, flags: Flags, directory: string): Variables {
  const given = flags.list('env-file').map((path) => absolutePath(proc, path));
  const variables: Record<string, string> = {};
  for (const path of given.length > 0 ? given : [resolvePath(directory, '.env')]) {
    const text = proc.context.fileSystem.readText(path);
    if (text === null && given.length > 0)
      throw new CliError(`couldn't find env file: ${path}`, FILE_NOT_FOUND);
    for (const line of (text ?? '').split('\n')) {
      const match = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(?:"(.*)"|'(.*)'|(.*?))\s*$/.exec(line);
      if (match !== null) variables[match[1]!] = match[2] ?? match[3] ?? match[4] ?? '';
    }
  }
  return { ...variables, ...Object.fromEntries(proc.environment) };
}

function namedNetworks(project: string, file: ComposeFile): Record<string, ProjectNetwork> {
  return Object.fromEntries(
    Object.entries(file.networks).map(([key, network]) => {
      const name = network.name ?? (network.external ? key : `${project}_${key}`);
      return [key, { ...network, name }];
    }),
  );
}

/** A service that names no network is on the project's default one (compose-go normalize.go). */
function withDefaultNetwork(project: ComposeProject): ComposeProject {
  const attachment = v.parse(attachmentSchema, null);
  const services = Object.fromEntries(
    Object.entries(project.services).map(([key, service]) => [
      key,
      service.networks === undefined && service.networkMode === undefined
        ? { ...service, networks: { default: attachment } }
        : service,
    ]),
  );
  const plain = { ...v.parse(networkSchema, null), name: `${project.name}_default` };
  return { ...project, services, networks: { default: plain, ...project.networks } };
}

function warnOfWhatIsNotModelled(proc: Process, file: ComposeFile, services: readonly string[]): void {
  const raw = (file.data['services'] ?? {}) as Record<string, Record<string, unknown> | null>;
  for (const key of services) {
    for (const name of ['healthcheck', 'env_file']) {
      if (raw[key]?.[name] !== undefined)
        logWarning(proc, `services.${key}.${name} is not modelled: ignored`);
    }
  }
}
