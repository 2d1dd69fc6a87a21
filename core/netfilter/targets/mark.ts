import { XT_CONTINUE, type MatchContext, type Target } from '../tables/match.ts';
import {
  FLAG,
  hex,
  parseMarkMask,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type TargetExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

const SET_OPTIONS = ['set-mark', 'set-xmark', 'and-mark', 'or-mark', 'xor-mark'] as const;

/** Value and mask: the new mark is (old & ~mask) ^ value. */
function parseSet(given: GivenOptions): readonly [value: number, mask: number] | null {
  const option = given.anyOf(SET_OPTIONS);
  if (option === undefined) return null;
  const text = option.values[0]!;
  switch (option.name) {
    case 'set-mark': {
      const [value, mask] = parseMarkMask(given.extension, option.name, text);
      return [value, (value | mask) >>> 0];
    }
    case 'set-xmark':
      return parseMarkMask(given.extension, option.name, text);
    case 'and-mark':
      return [0, ~parseUnsigned(given.extension, option.name, text) >>> 0];
    case 'or-mark': {
      const value = parseUnsigned(given.extension, option.name, text);
      return [value, value];
    }
    default:
      return [parseUnsigned(given.extension, option.name, text), 0];
  }
}

/** What `-L` prints of a value and mask. */
function describeSet(title: string, value: number, mask: number): string {
  if (value === 0) return ` ${title} and ${hex(~mask >>> 0)}`;
  if (value === mask) return ` ${title} or ${hex(value)}`;
  if (mask === 0) return ` ${title} xor ${hex(value)}`;
  if (mask === 0xffffffff) return ` ${title} set ${hex(value)}`;
  return ` ${title} xset ${hex(value)}/${hex(mask)}`;
}

/** `-j MARK` (xt_mark.c mark_tg). */
export class MarkTarget implements Target {
  readonly name = 'MARK';
  private readonly value: number;
  private readonly mask: number;

  constructor(given: GivenOptions) {
    const set = parseSet(given);
    if (set === null)
      throw new ParameterError('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required');
    [this.value, this.mask] = set;
  }

  run(context: MatchContext): number {
    const packet = context.packet;
    packet.mark = ((packet.mark & ~this.mask) ^ this.value) >>> 0;
    return XT_CONTINUE;
  }

  save(): string {
    return ` --set-xmark ${hex(this.value)}/${hex(this.mask)}`;
  }

  list(): string {
    return describeSet('MARK', this.value, this.mask);
  }
}

/** `-j CONNMARK` (xt_connmark.c): the connection's mark, set or copied from or to the packet's. */
export class ConnmarkTarget implements Target {
  readonly name = 'CONNMARK';
  private readonly mode: 'set' | 'save' | 'restore';
  private readonly value: number;
  private readonly connectionMask: number;
  private readonly packetMask: number;

  constructor(given: GivenOptions) {
    const set = parseSet(given);
    this.mode = set !== null ? 'set' : given.has('save-mark') ? 'save' : 'restore';
    if (set === null && !given.has('save-mark') && !given.has('restore-mark')) {
      throw new ParameterError('CONNMARK target: No operation specified');
    }
    const mask = (name: string) => {
      const text = given.value(name) ?? (set === null ? given.value('mask') : undefined);
      return text === undefined ? 0xffffffff : parseUnsigned('CONNMARK', name, text);
    };
    this.value = set === null ? 0 : set[0];
    this.connectionMask = set === null ? mask('ctmask') : set[1];
    this.packetMask = mask('nfmask');
  }

  run(context: MatchContext): number {
    const packet = context.packet;
    const entry = packet.nfct;
    if (entry === null) return XT_CONTINUE;
    if (this.mode === 'set') {
      entry.mark = ((entry.mark & ~this.connectionMask) ^ this.value) >>> 0;
    } else if (this.mode === 'save') {
      entry.mark = ((entry.mark & ~this.connectionMask) ^ (packet.mark & this.packetMask)) >>> 0;
    } else {
      packet.mark = ((packet.mark & ~this.packetMask) ^ (entry.mark & this.connectionMask)) >>> 0;
    }
    return XT_CONTINUE;
  }

  save(): string {
    if (this.mode === 'set') return ` --set-xmark ${hex(this.value)}/${hex(this.connectionMask)}`;
    return ` --${this.mode}-mark --nfmask ${hex(this.packetMask)} --ctmask ${hex(this.connectionMask)}`;
  }

  list(): string {
    if (this.mode === 'set') return describeSet('CONNMARK', this.value, this.connectionMask);
    if (this.packetMask !== this.connectionMask) {
      const save = this.mode === 'save';
      const masks = save
        ? `nfmask ${hex(this.packetMask)} ctmask ~${hex(this.connectionMask)}`
        : `ctmask ${hex(this.connectionMask)} nfmask ~${hex(this.packetMask)}`;
      return ` CONNMARK ${this.mode} ${masks}`;
    }
    return this.packetMask === 0xffffffff
      ? ` CONNMARK ${this.mode}`
      : ` CONNMARK ${this.mode} mask ${hex(this.packetMask)}`;
  }
}

const SET_FORMS = Object.fromEntries(SET_OPTIONS.map((name) => [name, VALUE]));

export const markTargetExtension: TargetExtension = {
  name: 'MARK',
  options: SET_FORMS,
  build: (given) => new MarkTarget(given),
};

export const connmarkTargetExtension: TargetExtension = {
  name: 'CONNMARK',
  options: {
    ...SET_FORMS,
    'save-mark': FLAG,
    'restore-mark': FLAG,
    mask: VALUE,
    nfmask: VALUE,
    ctmask: VALUE,
  },
  build: (given) => new ConnmarkTarget(given),
};
