import { addressTestText, parseAddressTest } from '../text/address-text.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import type { AddressTest } from '../tables/rule.ts';
import {
  bang,
  INVERTIBLE_FLAG,
  INVERTIBLE_VALUE,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type MatchExtension,
  type RuleSurroundings,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { protocolNumber } from '../text/protocols.ts';

/** What xt_ipvs asks of an IPVS connection. */
export interface IpvsConnectionView {
  readonly protocol: number;
  /** The virtual address (IPv4) and port. */
  readonly virtualAddress: number;
  readonly virtualPort: number;
  readonly forwarding: 'GATE' | 'IPIP' | 'MASQ';
}

/** What xt_ipvs asks of a namespace's IPVS: the connection a packet belongs to, if any. */
export interface IpvsConnectionFinder {
  connectionOfPacket(context: MatchContext): IpvsConnectionView | null;
}

interface NumberTest {
  readonly value: number;
  readonly inverted: boolean;
}

/**
 * `-m ipvs` (xt_ipvs.c): packets that IPVS has handled.
 * Not modelled: `--vdir` and `--vportctl`, which are refused.
 */
export class IpvsMatch implements Match {
  readonly name = 'ipvs';
  private readonly property: { inverted: boolean } | null;
  private readonly protocol: NumberTest | null;
  private readonly address: AddressTest | null;
  private readonly port: NumberTest | null;
  private readonly method: { value: string; inverted: boolean } | null;

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    this.property = given.get('ipvs') ?? null;
    const protocol = given.get('vproto');
    this.protocol =
      protocol === undefined
        ? null
        : { value: protocolNumber(protocol.values[0]!), inverted: protocol.inverted };
    const address = given.get('vaddr');
    this.address =
      address === undefined ? null : parseAddressTest(address.values[0]!, rule.family, address.inverted);
    const port = given.get('vport');
    this.port =
      port === undefined
        ? null
        : { value: parseUnsigned('ipvs', 'vport', port.values[0]!, 65535), inverted: port.inverted };
    const method = given.get('vmethod');
    this.method =
      method === undefined ? null : { value: method.values[0]!.toUpperCase(), inverted: method.inverted };
    if (given.has('vdir') || given.has('vportctl'))
      throw new ParameterError('ipvs: not modelled: --vdir and --vportctl');
    if (given.list.length === 0) throw new ParameterError('IPVS: At least one option is required');
  }

  matches(context: MatchContext): boolean {
    if (this.property !== null && context.packet.ipvsProperty === this.property.inverted) return false;
    if (this.protocol === null && this.address === null && this.port === null && this.method === null)
      return true;
    return this.connectionMatches(context);
  }

  save(): string {
    return this.text('--');
  }

  list(): string {
    return this.text('');
  }

  private connectionMatches(context: MatchContext): boolean {
    const finder = context.netns.ipvs as unknown as IpvsConnectionFinder | null;
    const connection = finder === null ? null : finder.connectionOfPacket(context);
    if (connection === null) return false;
    const { protocol, address, port, method } = this;
    if (protocol !== null && (connection.protocol === protocol.value) === protocol.inverted) return false;
    if (port !== null && (connection.virtualPort === port.value) === port.inverted) return false;
    if (method !== null && (connection.forwarding === method.value) === method.inverted) return false;
    if (address === null) return true;
    const same = ((connection.virtualAddress ^ address.words[0]!) & address.mask[0]!) === 0;
    return same !== address.inverted;
  }

  private text(prefix: string): string {
    let text = this.property === null ? '' : `${bang(this.property.inverted)} ${prefix}ipvs`;
    if (this.protocol !== null)
      text += `${bang(this.protocol.inverted)} ${prefix}vproto ${this.protocol.value}`;
    if (this.address !== null)
      text += `${bang(this.address.inverted)} ${prefix}vaddr ${addressTestText(this.address, true)}`;
    if (this.port !== null) text += `${bang(this.port.inverted)} ${prefix}vport ${this.port.value}`;
    if (this.method !== null) text += `${bang(this.method.inverted)} ${prefix}vmethod ${this.method.value}`;
    return text;
  }
}

export const ipvsExtension: MatchExtension = {
  name: 'ipvs',
  options: {
    ipvs: INVERTIBLE_FLAG,
    vproto: INVERTIBLE_VALUE,
    vaddr: INVERTIBLE_VALUE,
    vport: INVERTIBLE_VALUE,
    vdir: VALUE,
    vmethod: INVERTIBLE_VALUE,
    vportctl: INVERTIBLE_VALUE,
  },
  build: (given, rule) => new IpvsMatch(given, rule),
};
