import { IpvsadmError, type CommandLine } from './options.ts';

/** Which options a command takes, as the table of ipvsadm.c has it. */
export interface CommandRules {
  /** The word ipvsadm has for the command in its complaints. */
  readonly word: string;
  readonly needs: readonly string[];
  readonly allows: readonly string[];
}

const SERVICE = 'service-address';
const SERVER_OPTIONS = ['forwarding-method', 'weight', 'u-threshold', 'l-threshold', 'tun-type', 'tun-port'];
const SERVICE_OPTIONS = ['scheduler', 'sched-flags', 'persistent', 'netmask', 'ops', 'pe'];
const LIST_OPTIONS = [
  ...['numeric', 'connection', SERVICE, 'timeout', 'daemon', 'stats', 'rate', 'thresholds'],
  ...['persistent-conn', 'nosort', 'sort', 'exact'],
];

/** By the option that is the command. */
export const COMMANDS: ReadonlyMap<string, CommandRules> = new Map([
  ['add-service', { word: 'add-service', needs: [SERVICE], allows: SERVICE_OPTIONS }],
  ['edit-service', { word: 'edit-service', needs: [SERVICE], allows: SERVICE_OPTIONS }],
  ['delete-service', { word: 'delete-service', needs: [SERVICE], allows: [] }],
  ['clear', { word: 'flush', needs: [], allows: [] }],
  ['list', { word: 'list', needs: [], allows: LIST_OPTIONS }],
  ['add-server', { word: 'add-server', needs: [SERVICE, 'real-server'], allows: SERVER_OPTIONS }],
  ['delete-server', { word: 'delete-server', needs: [SERVICE, 'real-server'], allows: [] }],
  ['edit-server', { word: 'edit-server', needs: [SERVICE, 'real-server'], allows: SERVER_OPTIONS }],
  ['set', { word: 'set', needs: [], allows: [] }],
  ['restore', { word: 'restore', needs: [], allows: [] }],
  ['save', { word: 'save', needs: [], allows: ['numeric'] }],
  ['zero', { word: 'zero', needs: [], allows: [SERVICE] }],
]);

/** What several options are called together. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ['tcp-service', SERVICE],
  ['udp-service', SERVICE],
  ['sctp-service', SERVICE],
  ['fwmark-service', SERVICE],
  ['masquerading', 'forwarding-method'],
  ['ipip', 'forwarding-method'],
  ['gatewaying', 'forwarding-method'],
]);

/** Of these a list may have but one. */
const EXCLUSIVE: readonly string[] = ['connection', SERVICE, 'timeout', 'daemon'];

/** Refuses options that do not go with the command (generic_opt_check); `-6` goes with `-f`. */
export function checkOptions(rules: CommandRules, line: CommandLine): void {
  const given: string[] = [];
  for (const { name } of line.options.slice(1)) {
    if (name === 'ipv6') continue;
    const group = GROUPS.get(name) ?? name;
    if (COMMANDS.has(group)) throw new IpvsadmError('multiple commands specified');
    if (given.includes(group)) throw new IpvsadmError(`multiple '${group}' options specified`);
    if (!rules.needs.includes(group) && !rules.allows.includes(group)) {
      throw new IpvsadmError(`Illegal '${group}' option with the '${rules.word}' command`);
    }
    given.push(group);
  }
  for (const name of rules.needs) {
    if (given.includes(name)) continue;
    throw new IpvsadmError(`You need to supply the '${name}' option for the '${rules.word}' command`);
  }
  const exclusive = rules.word === 'list' ? EXCLUSIVE.filter((name) => given.includes(name)) : [];
  if (exclusive.length > 1) {
    throw new IpvsadmError(
      `The option '${exclusive[1]}' conflicts with the '${exclusive[0]}' option in the 'list' command`,
    );
  }
}
