import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { findKeyword, type IpCommand } from './ip-command.ts';

/** `ip maddress show`. Not modelled: add and delete, IPv6 groups. */
export function maddress(command: IpCommand): number {
  const word = command.take() ?? 'show';
  const keyword = findKeyword(word, ['list', 'show', 'lst', 'add', 'delete']);
  if (keyword === undefined) return command.unknownCommand('maddr', word);
  if (keyword === 'add' || keyword === 'delete') return command.notModelled(`ip maddress ${keyword}`);
  const first = command.take();
  const name = first === 'dev' ? command.value() : first;
  const devices = name === undefined ? command.netns.devices : [command.device(name)];
  for (const dev of devices) command.print(groupsText(dev));
  return 0;
}

function groupsText(dev: NetDevice): string {
  const links = dev.groups.addresses().map((mac) => `\tlink  ${formatMac(mac)}\n`);
  const up = dev.isUp || (dev.flags & IFF_LOOPBACK) !== 0;
  return `${dev.ifindex}:\t${dev.name}\n${links.join('')}${up ? '\tinet  224.0.0.1\n' : ''}`;
}
