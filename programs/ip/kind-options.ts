import type { Bridge } from '../../core/device/bridge/bridge.ts';
import type { IpCommand } from './ip-command.ts';

/** Options of a kind that stand alone; all others take a value. */
const FLAGS: ReadonlyMap<string, readonly string[]> = new Map([
  ['macvlan', ['nopromisc']],
  ['ipvlan', ['bridge', 'private', 'vepa']],
  [
    'vxlan',
    [
      'learning',
      'nolearning',
      'proxy',
      'noproxy',
      'rsc',
      'norsc',
      'l2miss',
      'nol2miss',
      'l3miss',
      'nol3miss',
      'udpcsum',
      'noudpcsum',
      'udp6zerocsumtx',
      'noudp6zerocsumtx',
      'udp6zerocsumrx',
      'noudp6zerocsumrx',
      'gbp',
      'external',
      'noexternal',
    ],
  ],
]);

/** The words after `type KIND`, by option. */
export function readKindOptions(command: IpCommand, kind: string): Map<string, string> {
  const options = new Map<string, string>();
  const flags = FLAGS.get(kind) ?? [];
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (flags.includes(word)) options.set(word, '');
    else if (kind === 'vxlan' && word === 'srcport')
      options.set(word, `${command.value()} ${command.value()}`);
    else options.set(word, command.value());
  }
  return options;
}

/** `ip link set BRIDGE type bridge …` and the same after `add`. */
export function applyBridgeOptions(
  command: IpCommand,
  bridge: Bridge,
  options: ReadonlyMap<string, string>,
): void {
  for (const [option, value] of options) {
    if (option === 'ageing_time') bridge.ageingTimeNs = command.unsignedNumber(value, option) * 1e7;
    else if (option === 'mcast_snooping') bridge.multicastSnooping = value !== '0';
    else if (option === 'vlan_default_pvid')
      bridge.vlanDefaultPvid = command.unsignedNumber(value, option, 4094);
    else if (option === 'stp_state' && value === '0') bridge.stpEnabled = false;
    else if (option === 'vlan_filtering' && value === '0') bridge.vlanFiltering = false;
    else command.notModelled(`bridge option ${option} ${value}`);
  }
}
