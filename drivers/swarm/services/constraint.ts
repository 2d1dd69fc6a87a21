/** Placement constraints (swarmkit manager/constraint/constraint.go). */
import { isIpv4Text, parseCidr, parseIpv4, prefixContains } from '../../../protocols/ipv4-address.ts';
import type { ClusterMember } from '../cluster.ts';
import { DockerError } from '../../docker-error.ts';

export interface Constraint {
  readonly key: string;
  readonly isEqual: boolean;
  readonly value: string;
}

const KEY = /^[a-z_][a-z0-9\-_.]+$/i;
const VALUE = /^[a-z0-9:\-_\s.*()?+[\]\\^$|/]+$/i;

/** Reads `node.role==manager` and the like; Docker's error on anything else. */
export function parseConstraints(texts: readonly string[]): Constraint[] {
  return texts.map((text) => {
    for (const operator of ['==', '!='] as const) {
      const at = text.indexOf(operator);
      if (at < 0) continue;
      const key = text.slice(0, at).trim();
      const value = text.slice(at + operator.length).trim();
      if (!KEY.test(key)) throw invalid(`key '${key}' is invalid`);
      if (!VALUE.test(value)) throw invalid(`value '${value}' is invalid`);
      return { key, isEqual: operator === '==', value };
    }
    throw invalid('constraint expected one operator from ==, !=');
  });
}

/** Whether a node meets them all. */
export function meetsConstraints(constraints: readonly Constraint[], member: ClusterMember): boolean {
  return constraints.every((constraint) => meets(constraint, member));
}

function meets({ key, isEqual, value }: Constraint, member: ClusterMember): boolean {
  const found = attribute(key.toLowerCase(), key, value, member);
  return found === null ? false : found === isEqual;
}

/** Whether the node's attribute is the value; null for a key that there is not, which no node meets. */
function attribute(key: string, given: string, value: string, member: ClusterMember): boolean | null {
  const is = (text: string) => text.toLowerCase() === value.toLowerCase();
  switch (key) {
    case 'node.id':
      return member.id === value;
    case 'node.hostname':
      return is(member.hostname);
    case 'node.ip':
      return isIpv4Text(value) ? member.address === parseIpv4(value) : isInSubnet(member.address, value);
    case 'node.role':
      return is(member.role);
    case 'node.platform.os':
      return is('linux');
    case 'node.platform.arch':
      return is('x86_64') || is('amd64');
    default:
  }
  if (key.startsWith('node.labels.')) return is(member.labels.get(given.slice('node.labels.'.length)) ?? '');
  // Labels of engines are not modelled: every engine has none.
  if (key.startsWith('engine.labels.')) return is('');
  return null;
}

function isInSubnet(address: number, subnet: string): boolean | null {
  try {
    return prefixContains(parseCidr(subnet), address);
  } catch {
    return null;
  }
}

function invalid(text: string): DockerError {
  return new DockerError('internal', `rpc error: code = InvalidArgument desc = ${text}`);
}
