import { bindNamespace, namedNamespaces, namespaceByName } from '../../core/host/namespace-file.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { Run } from '../line-input.ts';
import { runInContext } from '../run-in-context.ts';
import { EXIT_LOCAL, EXIT_USAGE, IpError, findKeyword, type IpCommand } from './ip-command.ts';

const DIRECTORY = '/var/run/netns';
const COMMANDS = [
  'list',
  'show',
  'lst',
  'list-id',
  'add',
  'set',
  'delete',
  'exec',
  'identify',
  'pids',
  'monitor',
  'attach',
];

/** `ip netns`. Not modelled: set, list-id, monitor. */
export function* netns(command: IpCommand): Run<number> {
  const word = command.take() ?? 'list';
  const keyword = findKeyword(word, COMMANDS);
  switch (keyword) {
    case 'list':
    case 'show':
    case 'lst':
      return listNamespaces(command);
    case 'add':
      return addNamespace(command);
    case 'delete':
      return deleteNamespace(command);
    case 'exec':
      return yield* execInNamespace(command);
    case 'identify':
      return identify(command);
    case 'pids':
      return listProcesses(command);
    case 'attach':
      return attach(command);
    case undefined:
      return command.unknownCommand('netns', word);
    default:
      return command.notModelled(`ip netns ${keyword}`);
  }
}

/** netns_switch: the namespace of a name, or the complaint. */
export function namespaceOrFail(command: IpCommand, name: string): NetNamespace {
  const { host, context } = command.proc;
  const found = namespaceByName(host, context.fileSystem, name);
  if (found === null) {
    throw new IpError(`Cannot open network namespace "${name}": No such file or directory`, EXIT_USAGE);
  }
  return found;
}

function listNamespaces(command: IpCommand): number {
  const { host, context } = command.proc;
  for (const { name, netns: other } of namedNamespaces(host, context.fileSystem)) {
    const id = other === null ? null : command.netns.peerIds.find(other);
    command.print(id === null ? `${name}\n` : `${name} (id: ${id})\n`);
  }
  return 0;
}

function nameArgument(command: IpCommand, what: string): string {
  const name = command.take();
  if (name === undefined) throw new IpError(what, EXIT_LOCAL);
  if (name.includes('/') || name === '.' || name === '..') {
    command.invalidArgument('Invalid netns name', name);
  }
  return name;
}

function addNamespace(command: IpCommand): number {
  const name = nameArgument(command, 'No netns name specified');
  const { host, context } = command.proc;
  command.requireAdmin();
  if (namespaceByName(host, context.fileSystem, name) !== null) {
    throw new IpError(`Cannot create namespace file "${DIRECTORY}/${name}": File exists`, EXIT_LOCAL);
  }
  bindNamespace(
    context.fileSystem,
    name,
    host.createNamespace(context.fileSystem === host.fileSystem ? name : ''),
  );
  return 0;
}

function attach(command: IpCommand): number {
  const name = nameArgument(command, 'No netns name specified');
  const pid = command.value();
  const { host, context } = command.proc;
  const process = /^\d+$/.test(pid) ? host.processes.find(Number(pid)) : undefined;
  if (process === undefined) throw new IpError(`Invalid pid: ${pid}`, EXIT_LOCAL);
  bindNamespace(context.fileSystem, name, process.netns);
  return 0;
}

/** The name goes; the namespace too, unless something is still in it. */
function deleteNamespace(command: IpCommand): number {
  const name = nameArgument(command, 'No netns name specified');
  const { host, context } = command.proc;
  command.requireAdmin();
  const path = `${DIRECTORY}/${name}`;
  const isLink = context.fileSystem.readlink(path) !== null;
  const found = namespaceByName(host, context.fileSystem, name);
  const removed = context.fileSystem.remove(path);
  if (!removed && found === null) {
    throw new IpError(`Cannot remove namespace file "${path}": No such file or directory`, EXIT_LOCAL);
  }
  if (found === null || isLink) return 0;
  if (found.name === name) found.name = '';
  const inUse = host.processes.list().some((process) => process.netns === found);
  const bound = namedNamespaces(host, context.fileSystem).some(({ netns: other }) => other === found);
  if (!inUse && !bound && found !== host.initNamespace) host.destroyNamespace(found);
  return 0;
}

function* execInNamespace(command: IpCommand): Run<number> {
  const name = command.take();
  if (name === undefined) throw new IpError('No netns name specified', EXIT_LOCAL);
  const argv = command.rest();
  if (argv.length === 0) throw new IpError('No command specified', EXIT_LOCAL);
  const target = namespaceOrFail(command, name);
  const code = yield* runInContext(command.proc, { ...command.proc.context, netns: target }, argv);
  if (code === null) throw new IpError(`exec of "${argv[0]}" failed: No such file or directory`, EXIT_USAGE);
  return code;
}

function identify(command: IpCommand): number {
  const pid = command.take();
  const { host, context } = command.proc;
  const process = pid === undefined || pid === 'self' ? command.proc : host.processes.find(Number(pid));
  if (process === undefined) throw new IpError(`Invalid pid: ${pid}`, EXIT_LOCAL);
  for (const { name, netns: other } of namedNamespaces(host, context.fileSystem)) {
    if (other === process.netns) command.print(`${name}\n`);
  }
  return 0;
}

function listProcesses(command: IpCommand): number {
  const target = namespaceOrFail(command, nameArgument(command, 'No netns name specified'));
  for (const process of command.proc.host.processes.list()) {
    if (process.netns === target) command.print(`${process.pid}\n`);
  }
  return 0;
}
