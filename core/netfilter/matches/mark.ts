import type { Match, MatchContext } from '../tables/match.ts';
import {
  bang,
  hex,
  INVERTIBLE_VALUE,
  parseMarkMask,
  type GivenOptions,
  type MatchExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** `-m mark` tests the packet's mark, `-m connmark` its connection's (xt_mark.c, xt_connmark.c). */
export class MarkMatch implements Match {
  readonly name: string;
  private readonly mark: number;
  private readonly mask: number;
  private readonly inverted: boolean;

  constructor(name: string, given: GivenOptions) {
    const option = given.get('mark');
    if (option === undefined) throw new ParameterError(`${name}: option "--mark" must be specified`);
    this.name = name;
    [this.mark, this.mask] = parseMarkMask(name, 'mark', option.values[0]!);
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    const packet = context.packet;
    let mark = packet.mark;
    if (this.name === 'connmark') {
      if (packet.nfct === null) return false;
      mark = packet.nfct.mark;
    }
    return ((mark & this.mask) >>> 0 === this.mark) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --mark ${this.value}`;
  }

  list(): string {
    return this.name === 'mark'
      ? ` mark match${bang(this.inverted)} ${this.value}`
      : ` connmark match ${this.inverted ? '!' : ''} ${this.value}`;
  }

  private get value(): string {
    return this.mask === 0xffffffff ? hex(this.mark) : `${hex(this.mark)}/${hex(this.mask)}`;
  }
}

export const markExtension: MatchExtension = {
  name: 'mark',
  options: { mark: INVERTIBLE_VALUE },
  build: (given) => new MarkMatch('mark', given),
};

export const connmarkExtension: MatchExtension = {
  name: 'connmark',
  options: { mark: INVERTIBLE_VALUE },
  build: (given) => new MarkMatch('connmark', given),
};
