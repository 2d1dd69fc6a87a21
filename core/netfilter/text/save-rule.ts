import { AF_INET } from '../conntrack/tuple.ts';
import type { AddressTest, InterfaceTest, RuleSpecification } from '../tables/rule.ts';
import { addressTestText, isAnyAddress } from './address-text.ts';
import { bang } from './extension.ts';
import { protocolText } from './protocols.ts';

/** A rule as iptables-save prints it, without `-A CHAIN`, with a space before each part. */
export function ruleText(rule: RuleSpecification): string {
  let text = addressOption('s', rule.source) + addressOption('d', rule.destination);
  text += interfaceOption('i', rule.inInterface) + interfaceOption('o', rule.outInterface);
  if (rule.protocol !== 0) text += `${bang(rule.protocolInverted)} -p ${protocolText(rule.protocol)}`;
  if (rule.fragment !== null) text += `${bang(rule.fragment.inverted)} -f`;
  for (const match of rule.matches) text += ` -m ${match.name}${match.save()}`;
  if (rule.target !== null) return `${text} -j ${rule.target.name}${rule.target.save()}`;
  return rule.jump === '' ? text : `${text} -${rule.isGoto ? 'g' : 'j'} ${rule.jump}`;
}

function addressOption(letter: string, test: AddressTest | null): string {
  if (test === null || (isAnyAddress(test) && !test.inverted)) return '';
  return `${bang(test.inverted)} -${letter} ${addressTestText(test, false)}`;
}

function interfaceOption(letter: string, test: InterfaceTest | null): string {
  if (test === null || (test.name === '+' && !test.inverted)) return '';
  return `${bang(test.inverted)} -${letter} ${test.name}`;
}

/** Family of a command by its name: for texts. */
export function programName(family: number): string {
  return family === AF_INET ? 'iptables' : 'ip6tables';
}
