/** How `docker network create` sorts its options into one configuration a subnet (docker/cli network/create.go). */
import {
  formatIp,
  formatIpPrefix,
  ipPrefixContains,
  type IpAddress,
  type IpPrefix,
} from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { IpamConfig } from './network-ipam.ts';
import { prefixCovers, prefixesShareAddresses } from './ordinals.ts';

/** The options as they were given, each in order. */
export interface IpamOptions {
  readonly subnets: readonly IpPrefix[];
  readonly ipRanges: readonly IpPrefix[];
  readonly gateways: readonly IpAddress[];
  readonly auxAddresses: ReadonlyMap<string, IpAddress>;
}

interface Draft {
  readonly subnet: IpPrefix;
  ipRange?: IpPrefix;
  gateway?: IpAddress;
  readonly auxAddresses: Map<string, IpAddress>;
}

function fail(text: string): never {
  throw new DockerError('invalid', text);
}

/** One configuration a subnet, with what belongs to it. Throws the command's own messages. */
export function consolidateIpamOptions(options: IpamOptions): IpamConfig[] {
  const { subnets, ipRanges, gateways } = options;
  if (subnets.length < ipRanges.length || subnets.length < gateways.length) {
    fail('every ip-range or gateway must have a corresponding subnet');
  }
  const drafts = draftSubnets(subnets);
  for (const range of ipRanges) addRange(drafts, range);
  for (const gateway of gateways) addGateway(drafts, gateway);
  for (const [name, address] of options.auxAddresses) {
    const draft = drafts.find((each) => ipPrefixContains(each.subnet, address));
    if (draft === undefined) fail(`no matching subnet for aux-address ${formatIp(address)}`);
    draft.auxAddresses.set(name, address);
  }
  return drafts;
}

function draftSubnets(subnets: readonly IpPrefix[]): Draft[] {
  const drafts: Draft[] = [];
  for (const subnet of subnets) {
    if (drafts.some((draft) => prefixesShareAddresses(draft.subnet, subnet))) {
      fail('multiple overlapping subnet configuration is not supported');
    }
    drafts.push({ subnet, auxAddresses: new Map() });
  }
  return drafts;
}

function addRange(drafts: readonly Draft[], range: IpPrefix): void {
  const text = formatIpPrefix(range);
  const draft = drafts.find((each) => prefixCovers(each.subnet, range));
  if (draft === undefined) fail(`no matching subnet for range ${text}`);
  if (draft.ipRange !== undefined) {
    const subnet = formatIpPrefix(draft.subnet);
    fail(
      `cannot configure multiple ranges (${text}, ${formatIpPrefix(draft.ipRange)}) on the same subnet (${subnet})`,
    );
  }
  draft.ipRange = range;
}

function addGateway(drafts: readonly Draft[], gateway: IpAddress): void {
  const text = formatIp(gateway);
  const draft = drafts.find((each) => ipPrefixContains(each.subnet, gateway));
  if (draft === undefined) fail(`no matching subnet for gateway ${text}`);
  if (draft.gateway !== undefined) {
    const subnet = formatIpPrefix(draft.subnet);
    fail(
      `cannot configure multiple gateways (${text}, ${formatIp(draft.gateway)}) for the same subnet (${subnet})`,
    );
  }
  draft.gateway = gateway;
}
