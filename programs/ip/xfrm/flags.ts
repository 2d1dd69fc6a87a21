import type { AssociationSettings, SecurityAssociation } from '../../../core/xfrm/security-association.ts';
import type { IpCommand } from '../ip-command.ts';

/** Flags of an association (XFRM_STATE_*), by name and bit; those without a setting are not modelled. */
const FLAGS: readonly (readonly [string, number, keyof AssociationSettings | null])[] = [
  ['noecn', 1, 'noEcn'],
  ['decap-dscp', 2, 'decapDscp'],
  ['nopmtudisc', 4, 'noPmtuDiscovery'],
  ['wildrecv', 8, null],
  ['icmp', 16, null],
  ['af-unspec', 32, null],
  ['align4', 64, null],
  ['esn', 128, 'extendedSequence'],
];

/** Sets what a word after `flag` or `extra-flag` says; false when the word is no flag. */
export function readFlag(command: IpCommand, settings: AssociationSettings, word: string): boolean {
  if (word === 'oseq-may-wrap') {
    settings.sequenceMayWrap = true;
    return true;
  }
  const flag = FLAGS.find(([name]) => name === word);
  if (flag === undefined && word !== 'dont-encap-dscp') return false;
  if (flag === undefined || flag[2] === null) return command.notModelled(`xfrm state flag ${word}`);
  Object.assign(settings, { [flag[2]]: true });
  return true;
}

export function stateFlags({ settings }: SecurityAssociation): number {
  let flags = 0;
  for (const [, bit, setting] of FLAGS) if (setting !== null && settings[setting] === true) flags |= bit;
  return flags;
}

export function stateFlagsText(flags: number): string {
  return FLAGS.filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}

export function extraFlagsText({ settings }: SecurityAssociation): string {
  return settings.sequenceMayWrap === true ? 'oseq-may-wrap' : '';
}
