import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { netfilterOf } from '../netfilter-state.ts';
import { IpSet, IpSetError, type IpSetType } from './ip-set.ts';

const TYPES: readonly string[] = ['hash:ip', 'hash:net', 'hash:ip,port'];

/** What a command printed and its exit code. */
export interface CommandOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * The ipset command (v7.17): create, add, del, test, list, save, flush, destroy. `argv` is without the program's name.
 * Options of sets (family inet6, timeout, …) are refused.
 */
export function ipset(netns: NetNamespace, argv: readonly string[]): CommandOutput {
  const exist = argv.includes('-exist') || argv.includes('-!');
  const args = argv.filter((arg) => arg !== '-exist' && arg !== '-!');
  try {
    return { code: 0, stdout: run(netns, args, exist), stderr: '' };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: 1, stdout: '', stderr: `ipset v7.17: ${error.message}\n` };
  }
}

function run(netns: NetNamespace, args: readonly string[], exist: boolean): string {
  const sets = netfilterOf(netns).sets;
  const [command, name, ...rest] = args;
  switch (command) {
    case 'create':
    case '-N':
    case 'n':
      return create(sets, name, rest, exist);
    case 'add':
    case '-A': {
      const added = setOf(sets, name).add(rest[0] ?? '', rest[1] === 'nomatch');
      refuseRest(rest.slice(rest[1] === 'nomatch' ? 2 : 1));
      if (!added && !exist) throw new IpSetError("Element cannot be added to the set: it's already added");
      return '';
    }
    case 'del':
    case '-D':
      refuseRest(rest.slice(1));
      if (!setOf(sets, name).remove(rest[0] ?? '') && !exist) {
        throw new IpSetError("Element cannot be deleted from the set: it's not added");
      }
      return '';
    case 'test':
    case '-T': {
      if (!setOf(sets, name).has(rest[0] ?? '')) throw new IpSetError(`${rest[0]} is NOT in set ${name}.`);
      return `${rest[0]} is in set ${name}.\n`;
    }
    case 'list':
    case '-L':
      return chosen(sets, name).map(listText).join('\n');
    case 'save':
    case '-S':
      return chosen(sets, name).map(saveText).join('');
    case 'flush':
    case '-F':
      for (const set of chosen(sets, name)) set.flush();
      return '';
    case 'destroy':
    case '-X':
      for (const set of chosen(sets, name)) {
        if (set.references > 0)
          throw new IpSetError('Set cannot be destroyed: it is in use by a kernel component');
        sets.delete(set.name);
      }
      return '';
    default:
      throw new IpSetError(command === undefined ? 'No command specified.' : `not modelled: ${command}`);
  }
}

function create(
  sets: Map<string, IpSet>,
  name: string | undefined,
  rest: readonly string[],
  exist: boolean,
): string {
  const [type, ...options] = rest;
  if (name === undefined || type === undefined) throw new IpSetError('Missing mandatory argument to create');
  if (!TYPES.includes(type)) throw new IpSetError(`not modelled: set type ${type}`);
  // Sizes tune the kernel's hash alone.
  for (let i = 0; i < options.length; i += 2) {
    const isTuning = ['hashsize', 'maxelem', 'bucketsize'].includes(options[i]!);
    if (!isTuning && !(options[i] === 'family' && options[i + 1] === 'inet')) {
      throw new IpSetError(`not modelled: ${options.slice(i, i + 2).join(' ')}`);
    }
  }
  if (sets.has(name)) {
    if (exist) return '';
    throw new IpSetError('Set cannot be created: set with the same name already exists');
  }
  sets.set(name, new IpSet(name, type as IpSetType));
  return '';
}

function setOf(sets: Map<string, IpSet>, name: string | undefined): IpSet {
  const set = sets.get(name ?? '');
  if (set === undefined) throw new IpSetError('The set with the given name does not exist');
  return set;
}

function chosen(sets: Map<string, IpSet>, name: string | undefined): IpSet[] {
  return name === undefined ? [...sets.values()] : [setOf(sets, name)];
}

function refuseRest(rest: readonly string[]): void {
  if (rest.length > 0) throw new IpSetError(`not modelled: ${rest.join(' ')}`);
}

const HEADER = 'family inet hashsize 1024 maxelem 65536 bucketsize 12';

/** Not modelled: the size in memory, which is printed as 0, and the random seed. */
function listText(set: IpSet): string {
  const lines = [
    `Name: ${set.name}`,
    `Type: ${set.type}`,
    'Revision: 0',
    `Header: ${HEADER}`,
    'Size in memory: 0',
    `References: ${set.references}`,
    `Number of entries: ${set.count}`,
    'Members:',
    ...set.list(),
  ];
  return `${lines.join('\n')}\n`;
}

function saveText(set: IpSet): string {
  const lines = [
    `create ${set.name} ${set.type} ${HEADER}`,
    ...set.list().map((member) => `add ${set.name} ${member}`),
  ];
  return `${lines.join('\n')}\n`;
}
