import { Bridge } from '../../core/device/bridge/bridge.ts';
import { BR_STATE_FORWARDING, type BridgePort } from '../../core/device/bridge/bridge-port.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { findKeyword, type IpCommand } from '../ip/ip-command.ts';
import { onOff } from '../ip/link-details.ts';
import { applyPortOption } from '../ip/link-set.ts';
import { linkOf } from '../../core/device/link-of.ts';
import { flagsText, nameAndLink } from '../ip/link-text.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';

/** `bridge link`. */
export function link(command: IpCommand): number {
  const word = command.take() ?? 'show';
  switch (findKeyword(word, ['set', 'change', 'show', 'lst', 'list'])) {
    case 'set':
    case 'change':
      return setPort(command);
    case 'show':
    case 'lst':
    case 'list':
      return showPorts(command);
    default:
      return command.unknownCommand('link', word);
  }
}

function showPorts(command: IpCommand): number {
  const first = command.take();
  const name = first === 'dev' ? command.value() : first;
  const only = name === undefined ? null : command.device(name);
  const devices = [...command.netns.devices].sort((a, b) => a.ifindex - b.ifindex);
  for (const dev of devices) {
    if (only !== null && dev !== only) continue;
    const port = dev.master instanceof Bridge ? dev.master.portOf(dev) : undefined;
    if (port !== undefined) command.printRecord(portText(port, command.options.details));
  }
  return 0;
}

function portText(port: BridgePort, details: boolean): string {
  const { dev, bridge } = port;
  const state = port.state === BR_STATE_FORWARDING ? 'forwarding' : 'disabled';
  const line =
    `${dev.ifindex}: ${portName(dev)}: ${flagsText(dev)} mtu ${dev.mtu} master ${bridge.name} ` +
    `state ${state} priority 32 cost ${port.pathCost} \n`;
  if (!details) return line;
  return (
    `${line}    hairpin ${onOff(port.hairpinMode)} guard off root_block off fastleave off ` +
    `learning ${onOff(port.learning)} flood ${onOff(port.flood)} mcast_flood ${onOff(port.mcastFlood)} ` +
    `bcast_flood ${onOff(port.bcastFlood)} mcast_router 1 mcast_to_unicast off ` +
    `neigh_suppress ${onOff(port.neighSuppress)} vlan_tunnel off isolated ${onOff(port.isolated)} locked off \n`
  );
}

/** br_fill_info tells the link only when its number is another one, so not that of a VXLAN device that was moved. */
function portName(dev: NetDevice): string {
  return linkOf(dev)?.ifindex === dev.ifindex ? dev.name : nameAndLink(dev);
}

function setPort(command: IpCommand): number {
  let port: BridgePort | undefined;
  const settings: [string, string][] = [];
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'dev') {
      const dev = command.device(command.value());
      port = dev.master instanceof Bridge ? dev.master.portOf(dev) : undefined;
    } else if (word !== 'master' && word !== 'self') settings.push([word, command.value()]);
  }
  command.requireAdmin();
  if (port === undefined) throw new NetlinkError('Operation not supported');
  for (const [option, value] of settings) applyPortOption(command, port, option, value);
  return 0;
}
