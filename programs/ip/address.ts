import type { Ipv4InterfaceAddress } from '../../core/device/ipv4-configuration.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { formatIpv4, prefixMask } from '../../protocols/ipv4-address.ts';
import { ipPrefixContains, type IpPrefix } from '../../protocols/ip-address.ts';
import { formatIpv6 } from '../../protocols/ipv6-address.ts';
import type { InterfaceAddress6 } from '../../core/namespace/ipv6-interface-address.ts';
import { addressText6, changeAddress6, routingScope } from './address6.ts';
import {
  EXIT_LOCAL,
  EXIT_USAGE,
  IpError,
  findKeyword,
  parseAddress,
  parsePrefix,
  type IpCommand,
} from './ip-command.ts';
import { linkAddressLine, linkHeader, nameAndLink, operationalState, statisticsText } from './link-text.ts';
import { SCOPES } from './names.ts';
import { parsePrefix6 } from './prefix6.ts';

const COMMANDS = ['add', 'change', 'replace', 'delete', 'show', 'list', 'lst', 'flush'];

/** `ip address`. Not modelled: peers, lifetimes that are set, save and restore. */
export function address(command: IpCommand): number {
  const word = command.take() ?? 'show';
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
    case 'replace':
    case 'change':
      return addAddress(command, findKeyword(word, COMMANDS) !== 'add');
    case 'delete':
      return deleteAddress(command);
    case 'flush':
      return flushAddresses(command);
    case 'show':
    case 'list':
    case 'lst':
      return showAddresses(command);
    default:
      return command.unknownCommand('address', word);
  }
}

interface AddressFilter {
  dev: NetDevice | null;
  up: boolean;
  scope: number | null;
  label: string | null;
  to: IpPrefix | null;
  master: NetDevice | null;
  kind: string | null;
}

function readFilter(command: IpCommand): AddressFilter {
  const filter: AddressFilter = {
    dev: null,
    up: false,
    scope: null,
    label: null,
    to: null,
    master: null,
    kind: null,
  };
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'to') {
      const text = command.value();
      filter.to = text.includes(':') ? parsePrefix6(text) : parsePrefix(text);
    } else if (word === 'scope') filter.scope = parseScope(command, command.value());
    else if (word === 'up') filter.up = true;
    else if (word === 'label') filter.label = command.value();
    else if (word === 'master') filter.master = command.device(command.value());
    else if (word === 'type') filter.kind = command.value();
    else {
      const name = word === 'dev' ? command.value() : word;
      const dev = command.netns.device(name);
      if (dev === undefined) throw new IpError(`Device "${name}" does not exist.`, EXIT_LOCAL);
      filter.dev = dev;
    }
  }
  return filter;
}

function parseScope(command: IpCommand, text: string): number {
  if (text === 'all') return -1;
  return SCOPES.parse(text) ?? command.invalidArgument('invalid "scope" value.', text);
}

function selectDevices(command: IpCommand, filter: AddressFilter): NetDevice[] {
  return [...command.netns.devices]
    .sort((a, b) => a.ifindex - b.ifindex)
    .filter(
      (dev) =>
        (filter.dev === null || filter.dev === dev) &&
        (!filter.up || dev.isUp) &&
        (filter.master === null || dev.master === filter.master) &&
        (filter.kind === null || dev.kind === filter.kind),
    );
}

function selectAddresses(command: IpCommand, dev: NetDevice, filter: AddressFilter): Ipv4InterfaceAddress[] {
  if (command.options.family === 6) return [];
  return dev.ipv4.addresses.filter(
    (item) =>
      (filter.scope === null || filter.scope === -1 || item.scope === filter.scope) &&
      (filter.label === null || item.label === filter.label) &&
      (filter.to === null || ipPrefixContains(filter.to, item.local)),
  );
}

/** The IPv6 addresses that pass; only IPv4's have labels. */
function selectAddresses6(
  command: IpCommand,
  dev: NetDevice,
  filter: AddressFilter,
): readonly InterfaceAddress6[] {
  if (command.options.family === 4 || filter.label !== null) return [];
  const { scope, to } = filter;
  return (dev.ipv6?.addresses ?? []).filter(
    (item) =>
      (scope === null || scope === -1 || routingScope(item) === scope) &&
      (to === null || ipPrefixContains(to, item.address)),
  );
}

function showAddresses(command: IpCommand): number {
  const { options } = command;
  const filter = readFilter(command);
  const onlyWithAddresses =
    options.family !== 0 || filter.to !== null || filter.label !== null || filter.scope !== null;
  for (const dev of selectDevices(command, filter)) {
    const addresses = selectAddresses(command, dev, filter);
    const addresses6 = selectAddresses6(command, dev, filter);
    if (onlyWithAddresses && addresses.length + addresses6.length === 0) continue;
    if (options.brief) command.print(briefLine(dev, addresses, addresses6));
    else if (options.oneline) {
      for (const item of addresses) command.printRecord(`${dev.ifindex}: ${dev.name}${addressText(item)}`);
      for (const item of addresses6) command.printRecord(`${dev.ifindex}: ${dev.name}${addressText6(item)}`);
    } else {
      command.print(`${linkHeader(dev, false, options.busybox)}\n`);
      if (options.family === 0 || options.details) command.print(linkAddressLine(command, dev, false));
      if (options.statistics) command.print(statisticsText(dev));
      command.print(addresses.map(addressText).join('') + addresses6.map(addressText6).join(''));
    }
  }
  return 0;
}

function briefLine(
  dev: NetDevice,
  addresses: readonly Ipv4InterfaceAddress[],
  addresses6: readonly InterfaceAddress6[],
): string {
  const list =
    addresses.map((item) => `${formatIpv4(item.local)}/${item.prefixLength} `).join('') +
    addresses6.map((item) => `${formatIpv6(item.address)}/${item.prefixLength} `).join('');
  return `${nameAndLink(dev).padEnd(16)} ${operationalState(dev).padEnd(14)} ${list}\n`;
}

function addressText(item: Ipv4InterfaceAddress): string {
  const broadcast = item.broadcast === 0 ? '' : `brd ${formatIpv4(item.broadcast)} `;
  const secondary = item.secondary ? 'secondary ' : '';
  return (
    `    inet ${formatIpv4(item.local)}/${item.prefixLength} ${broadcast}scope ${SCOPES.text(item.scope)} ` +
    `${secondary}${item.label}\n       valid_lft forever preferred_lft forever\n`
  );
}

interface AddressRequest {
  dev: NetDevice;
  local: number;
  length: number;
  /** The prefix was given with its length. */
  exact: boolean;
  broadcast: number;
  scope: number | null;
  label: string | null;
}

function readRequest(command: IpCommand): AddressRequest {
  let prefix: { address: number; length: number } | null = null;
  let exact = false;
  let broadcast: string | null = null;
  let scope: number | null = null;
  let label: string | null = null;
  let name: string | null = null;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'brd' || word === 'broadcast') broadcast = command.value();
    else if (word === 'scope') scope = parseScope(command, command.value());
    else if (word === 'dev') name = command.value();
    else if (word === 'label') label = command.value();
    else if (word === 'peer' || word === 'remote') command.notModelled('addresses with a peer');
    else if (word.includes(':')) command.notModelled('IPv6 addresses');
    else {
      const text = word === 'local' ? command.value() : word;
      prefix = parsePrefix(text);
      exact = text.includes('/');
    }
  }
  if (name === null) throw new IpError('Not enough information: "dev" argument is required.', EXIT_USAGE);
  if (prefix === null) throw new IpError('Not enough information: "local" argument is required.', EXIT_USAGE);
  const { address: local, length } = prefix;
  return {
    dev: command.device(name),
    local,
    length,
    exact,
    broadcast: broadcastOf(broadcast, local, length),
    scope,
    label,
  };
}

/** `brd +` sets the host bits, `brd -` clears them. */
function broadcastOf(text: string | null, local: number, length: number): number {
  if (text === null) return 0;
  if (text === '+') return (local | ~prefixMask(length)) >>> 0;
  if (text === '-') return (local & prefixMask(length)) >>> 0;
  return parseAddress(text);
}

function addAddress(command: IpCommand, mayExist: boolean): number {
  if (command.peek()?.includes(':') === true)
    return changeAddress6(command, command.take()!, mayExist ? 'replace' : 'add');
  const { dev, local, length, broadcast, scope, label } = readRequest(command);
  command.requireAdmin();
  const known = dev.ipv4.addresses.some((item) => item.local === local && item.prefixLength === length);
  if (known && mayExist) return 0;
  if (known) throw new NetlinkError('File exists');
  command.netns.ipv4.addAddress(dev, local, length, {
    broadcast,
    ...(scope === null ? {} : { scope }),
    ...(label === null ? {} : { label }),
  });
  return 0;
}

function deleteAddress(command: IpCommand): number {
  if (command.peek()?.includes(':') === true) return changeAddress6(command, command.take()!, 'delete');
  const request = readRequest(command);
  command.requireAdmin();
  const { dev, local } = request;
  let length: number | undefined = request.length;
  if (!request.exact) {
    command.proc.printError(
      'Warning: Executing wildcard deletion to stay compatible with old scripts.\n' +
        `         Explicitly specify the prefix length (${formatIpv4(local)}/32) to avoid this warning.\n` +
        '         This special behaviour is likely to disappear in further releases,\n' +
        '         fix your scripts!\n',
    );
    length = dev.ipv4.addresses.find((item) => item.local === local)?.prefixLength;
  }
  if (length === undefined || !command.netns.ipv4.removeAddress(dev, local, length)) {
    throw new NetlinkError('Cannot assign requested address');
  }
  return 0;
}

function flushAddresses(command: IpCommand): number {
  if (command.peek() === undefined) throw new IpError('Flush requires arguments.', EXIT_USAGE);
  const filter = readFilter(command);
  command.requireAdmin();
  for (const dev of selectDevices(command, filter)) {
    for (const item of selectAddresses(command, dev, filter)) {
      command.netns.ipv4.removeAddress(dev, item.local, item.prefixLength);
    }
    for (const item of [...selectAddresses6(command, dev, filter)]) {
      command.netns.ipv6?.removeAddress(dev, item.address);
    }
  }
  return 0;
}
