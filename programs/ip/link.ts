import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { EXIT_LOCAL, IpError, findKeyword, type IpCommand } from './ip-command.ts';
import { addLink } from './link-add.ts';
import { setLink } from './link-set.ts';
import {
  flagsText,
  linkAddressLine,
  linkHeader,
  nameAndLink,
  operationalState,
  statisticsText,
} from './link-text.ts';

const COMMANDS = ['add', 'set', 'change', 'replace', 'delete', 'show', 'lst', 'list'];

/** `ip link`. */
export function link(command: IpCommand): number {
  const word = command.take() ?? 'show';
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
    case 'replace':
      return addLink(command);
    case 'set':
    case 'change':
      return setLink(command);
    case 'delete':
      return deleteLink(command);
    case 'show':
    case 'lst':
    case 'list':
      return showLinks(command);
    default:
      return command.unknownCommand('link', word);
  }
}

function deleteLink(command: IpCommand): number {
  let name: string | undefined;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'type') command.value();
    else if (word === 'dev') name = command.value();
    else name = word;
  }
  if (name === undefined) throw new IpError('Not enough information: "dev" argument is required.', 255);
  const dev = command.device(name);
  command.requireAdmin();
  if (dev.kind === '') throw new NetlinkError('Operation not supported');
  command.netns.destroyDevice(dev);
  return 0;
}

function showLinks(command: IpCommand): number {
  let chosen: (dev: NetDevice) => boolean = () => true;
  const restrict = (condition: (dev: NetDevice) => boolean) => {
    const before = chosen;
    chosen = (dev) => before(dev) && condition(dev);
  };
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'up') restrict((dev) => dev.isUp);
    else if (word === 'master') restrictTo(command.device(command.value()), restrict);
    else if (word === 'type') restrictToKind(command.value(), restrict);
    else {
      const name = word === 'dev' ? command.value() : word;
      if (command.netns.device(name) === undefined) {
        throw new IpError(`Device "${name}" does not exist.`, EXIT_LOCAL);
      }
      restrict((dev) => dev.name === name);
    }
  }
  const devices = [...command.netns.devices].sort((a, b) => a.ifindex - b.ifindex);
  for (const dev of devices) if (chosen(dev)) showLink(command, dev);
  return 0;
}

type Restrict = (condition: (dev: NetDevice) => boolean) => void;

function restrictTo(master: NetDevice, restrict: Restrict): void {
  restrict((dev) => dev.master === master);
}

function restrictToKind(kind: string, restrict: Restrict): void {
  if (kind === 'bridge_slave') restrict((dev) => dev.master?.kind === 'bridge');
  else restrict((dev) => dev.kind === kind);
}

function showLink(command: IpCommand, dev: NetDevice): void {
  if (command.options.brief) {
    const state = operationalState(dev).padEnd(14);
    command.print(`${nameAndLink(dev).padEnd(16)} ${state} ${formatMac(dev.mac)} ${flagsText(dev)} \n`);
    return;
  }
  const statistics = command.options.statistics ? statisticsText(dev) : '';
  command.printRecord(
    `${linkHeader(dev, true, command.options.busybox)}\n${linkAddressLine(command, dev, true)}${statistics}`,
  );
}
