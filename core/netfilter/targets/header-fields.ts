import { get16, put16 } from '../../../protocols/bytes.ts';
import { checksumReplace16 } from '../../../protocols/checksum.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import { IPV6, ipv6TrafficClass } from '../../../protocols/ipv6.ts';
import { AF_INET, AF_INET6 } from '../conntrack/tuple.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum, pseudoHeaderSum6 } from '../../../protocols/checksum.ts';
import { get32 } from '../../../protocols/bytes.ts';
import { NF_DROP } from '../hook.ts';
import { XT_CONTINUE, type MatchContext, type Target } from '../tables/match.ts';
import {
  FLAG,
  parseMarkMask,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type TargetExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { dscpOf, tosOf } from '../text/service-class.ts';

const MANGLE = ['mangle'];

/** Replaces the TOS byte or traffic class. */
function setServiceByte(context: MatchContext, value: number): void {
  const { buf, networkOffset: at } = context.packet;
  if (!context.isIpv4) {
    buf[at] = (buf[at]! & 0xf0) | (value >> 4);
    buf[at + 1] = ((value & 0xf) << 4) | (buf[at + 1]! & 0x0f);
    return;
  }
  replaceHeaderWord(buf, at, IPV4.VERSION_IHL, (get16(buf, at) & 0xff00) | value);
}

/** Writes a 16-bit word of an IPv4 header and mends its checksum. */
function replaceHeaderWord(buf: Uint8Array, at: number, field: number, value: number): void {
  const old = get16(buf, at + field);
  put16(buf, at + field, value);
  put16(buf, at + IPV4.CHECKSUM, checksumReplace16(get16(buf, at + IPV4.CHECKSUM), old, value));
}

function serviceByte(context: MatchContext): number {
  const { buf, networkOffset: at } = context.packet;
  return context.isIpv4 ? buf[at + IPV4.TOS]! : ipv6TrafficClass(buf, at);
}

/** `-j TOS` (xt_DSCP.c tos_tg): the byte becomes (old & ~mask) ^ value. */
export class TosTarget implements Target {
  readonly name = 'TOS';
  readonly tables = MANGLE;
  private readonly value: number;
  private readonly mask: number;

  constructor(given: GivenOptions) {
    const option = given.list[0];
    if (option === undefined) throw new ParameterError('TOS: An action is required');
    const text = option.values[0]!;
    const single = () => parseUnsigned('TOS', option.name, text, 255);
    if (option.name === 'and-tos') [this.value, this.mask] = [0, ~single() & 0xff];
    else if (option.name === 'or-tos') [this.value, this.mask] = [single(), single()];
    else if (option.name === 'xor-tos') [this.value, this.mask] = [single(), 0];
    else {
      const [value, mask] = tosOf(text) ?? parseMarkMask('TOS', 'set-tos', text);
      this.value = value;
      this.mask = Math.min(mask, 0xffffffff) === 0xffffffff ? 0xff : mask;
      if (value > 255 || this.mask > 255)
        throw new ParameterError(`TOS: Bad value for "--set-tos" option: "${text}"`);
    }
  }

  run(context: MatchContext): number {
    const old = serviceByte(context);
    const value = (old & ~this.mask) ^ this.value;
    if (value !== old) setServiceByte(context, value);
    return XT_CONTINUE;
  }

  save(): string {
    return ` --set-tos ${byteText(this.value)}/${byteText(this.mask)}`;
  }

  list(): string {
    if (this.mask === 0xff) return ` TOS set ${byteText(this.value)}`;
    if (this.value === 0) return ` TOS and ${byteText(~this.mask & 0xff)}`;
    if (this.value === this.mask) return ` TOS or ${byteText(this.value)}`;
    if (this.mask === 0) return ` TOS xor ${byteText(this.value)}`;
    return ` TOS set ${byteText(this.value)}/${byteText(this.mask)}`;
  }
}

/** `-j DSCP` (xt_DSCP.c). */
export class DscpTarget implements Target {
  readonly name = 'DSCP';
  readonly tables = MANGLE;
  private readonly value: number;

  constructor(given: GivenOptions) {
    const option = given.list[0];
    if (option === undefined) throw new ParameterError('DSCP target: Parameter --set-dscp is required');
    this.value = dscpOf('DSCP', option.name, option.values[0]!);
  }

  run(context: MatchContext): number {
    setServiceByte(context, (serviceByte(context) & 3) | (this.value << 2));
    return XT_CONTINUE;
  }

  save(): string {
    return ` --set-dscp ${byteText(this.value)}`;
  }

  list(): string {
    return ` DSCP set ${byteText(this.value)}`;
  }
}

/** `-j TTL` and `-j HL` (xt_HL.c). */
export class HopLimitTarget implements Target {
  readonly name: 'TTL' | 'HL';
  readonly tables = MANGLE;
  private readonly mode: string;
  private readonly value: number;

  constructor(name: 'TTL' | 'HL', given: GivenOptions) {
    const option = given.list[0];
    if (option === undefined) throw new ParameterError(`${name}: You must specify an action`);
    this.name = name;
    this.mode = option.name.slice(name.length + 1);
    this.value = parseUnsigned(name, option.name, option.values[0]!, 255);
    if (this.mode !== 'set' && this.value === 0)
      throw new ParameterError(`${name}: increment/decrement by 0 is nonsense`);
  }

  run(context: MatchContext): number {
    const { buf, networkOffset: at } = context.packet;
    const field = at + (context.isIpv4 ? IPV4.TTL : IPV6.HOP_LIMIT);
    const old = buf[field]!;
    const wanted =
      this.mode === 'set' ? this.value : this.mode === 'inc' ? old + this.value : old - this.value;
    const hops = Math.min(255, Math.max(0, wanted));
    if (hops === old) return XT_CONTINUE;
    if (context.isIpv4) replaceHeaderWord(buf, at, IPV4.TTL, (hops << 8) | buf[at + IPV4.PROTOCOL]!);
    else buf[field] = hops;
    return XT_CONTINUE;
  }

  save(): string {
    return ` --${this.name.toLowerCase()}-${this.mode} ${this.value}`;
  }

  list(): string {
    const words = { set: 'set to', dec: 'decrement by', inc: 'increment by' }[this.mode]!;
    return ` ${this.name} ${words} ${this.value}`;
  }
}

/** `-j CHECKSUM --checksum-fill` (xt_CHECKSUM.c): makes the transport checksum right. */
export class ChecksumTarget implements Target {
  readonly name = 'CHECKSUM';
  readonly tables = MANGLE;

  run(context: MatchContext): number {
    const { packet } = context;
    const field = checksumField(context.protocol);
    if (field < 0 || !context.hasTransport(field + 2))
      return context.fragmentOffset !== 0 ? XT_CONTINUE : field < 0 ? XT_CONTINUE : NF_DROP;
    const { buf, networkOffset, tail } = packet;
    const at = context.transport;
    const pseudo = context.isIpv4
      ? pseudoHeaderSum(
          get32(buf, networkOffset + IPV4.SOURCE),
          get32(buf, networkOffset + IPV4.DESTINATION),
          context.protocol,
          tail - at,
        )
      : pseudoHeaderSum6(
          buf,
          networkOffset + IPV6.SOURCE,
          networkOffset + IPV6.DESTINATION,
          context.protocol,
          tail - at,
        );
    put16(buf, at + field, 0);
    const sum = ~checksumFold(checksumAdd(pseudo, buf, at, tail - at)) & 0xffff;
    put16(buf, at + field, context.protocol === PROTO.UDP && sum === 0 ? 0xffff : sum);
    return XT_CONTINUE;
  }

  save(): string {
    return ' --checksum-fill';
  }

  list(): string {
    return ' CHECKSUM fill';
  }
}

/** Where the pseudo-header checksum of a protocol is; −1 when it has none (SCTP's CRC is always right here). */
function checksumField(protocol: number): number {
  if (protocol === PROTO.TCP) return 16;
  return protocol === PROTO.UDP ? 6 : -1;
}

function byteText(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

const TOS_OPTIONS = { 'set-tos': VALUE, 'and-tos': VALUE, 'or-tos': VALUE, 'xor-tos': VALUE };

export const tosTargetExtension: TargetExtension = {
  name: 'TOS',
  options: TOS_OPTIONS,
  build: (given) => new TosTarget(given),
};
export const dscpTargetExtension: TargetExtension = {
  name: 'DSCP',
  options: { 'set-dscp': VALUE, 'set-dscp-class': VALUE },
  build: (given) => new DscpTarget(given),
};
export const ttlTargetExtension: TargetExtension = {
  name: 'TTL',
  family: AF_INET,
  options: { 'ttl-set': VALUE, 'ttl-dec': VALUE, 'ttl-inc': VALUE },
  build: (given) => new HopLimitTarget('TTL', given),
};
export const hlTargetExtension: TargetExtension = {
  name: 'HL',
  family: AF_INET6,
  options: { 'hl-set': VALUE, 'hl-dec': VALUE, 'hl-inc': VALUE },
  build: (given) => new HopLimitTarget('HL', given),
};
export const checksumExtension: TargetExtension = {
  name: 'CHECKSUM',
  options: { 'checksum-fill': FLAG },
  build(given) {
    if (!given.has('checksum-fill'))
      throw new ParameterError('CHECKSUM target: Parameter --checksum-fill is required');
    return new ChecksumTarget();
  },
};
