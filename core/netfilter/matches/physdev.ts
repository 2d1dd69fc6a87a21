import type { NetDevice } from '../../device/net-device.ts';
import { interfaceMatches } from '../tables/interface-patterns.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import type { InterfaceTest } from '../tables/rule.ts';
import {
  bang,
  INVERTIBLE_FLAG,
  INVERTIBLE_VALUE,
  type GivenOption,
  type GivenOptions,
  type MatchExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

interface FlagTest {
  readonly inverted: boolean;
}

/** `-m physdev` (xt_physdev.c): the bridge ports of a bridged packet. */
export class PhysdevMatch implements Match {
  readonly name = 'physdev';
  private readonly isIn: FlagTest | null;
  private readonly inTest: InterfaceTest | null;
  private readonly isOut: FlagTest | null;
  private readonly outTest: InterfaceTest | null;
  private readonly isBridged: FlagTest | null;

  constructor(given: GivenOptions) {
    this.isIn = given.get('physdev-is-in') ?? null;
    this.inTest = interfaceTest(given.get('physdev-in'));
    this.isOut = given.get('physdev-is-out') ?? null;
    this.outTest = interfaceTest(given.get('physdev-out'));
    this.isBridged = given.get('physdev-is-bridged') ?? null;
    if (given.list.length === 0) throw new ParameterError('physdev: no physdev option specified');
  }

  matches(context: MatchContext): boolean {
    const info = context.packet.nfBridge;
    const port = info === null ? null : info.physInDev;
    const out = info === null ? null : info.physOutDev;
    if (info === null) {
      // Only the inverted tests can hold for a packet that was not bridged.
      return (
        (this.isIn === null || this.isIn.inverted) &&
        (this.isOut === null || this.isOut.inverted) &&
        (this.isBridged === null || this.isBridged.inverted) &&
        (this.inTest === null || this.inTest.inverted) &&
        (this.outTest === null || this.outTest.inverted)
      );
    }
    if (this.isBridged !== null && (out !== null) === this.isBridged.inverted) return false;
    if (this.isIn !== null && (port !== null) === this.isIn.inverted) return false;
    if (this.isOut !== null && (out !== null) === this.isOut.inverted) return false;
    return fits(this.inTest, port) && fits(this.outTest, out);
  }

  save(): string {
    return this.text();
  }

  list(): string {
    return ` PHYSDEV match${this.text()}`;
  }

  private text(): string {
    let text = '';
    if (this.isIn !== null) text += `${bang(this.isIn.inverted)} --physdev-is-in`;
    if (this.inTest !== null) text += `${bang(this.inTest.inverted)} --physdev-in ${this.inTest.name}`;
    if (this.isOut !== null) text += `${bang(this.isOut.inverted)} --physdev-is-out`;
    if (this.outTest !== null) text += `${bang(this.outTest.inverted)} --physdev-out ${this.outTest.name}`;
    if (this.isBridged !== null) text += `${bang(this.isBridged.inverted)} --physdev-is-bridged`;
    return text;
  }
}

function fits(test: InterfaceTest | null, dev: NetDevice | null): boolean {
  return test === null || interfaceMatches(test.name, dev === null ? '' : dev.name) !== test.inverted;
}

function interfaceTest(option: GivenOption | undefined): InterfaceTest | null {
  return option === undefined ? null : { name: option.values[0]!, inverted: option.inverted };
}

export const physdevExtension: MatchExtension = {
  name: 'physdev',
  options: {
    'physdev-is-in': INVERTIBLE_FLAG,
    'physdev-in': INVERTIBLE_VALUE,
    'physdev-is-out': INVERTIBLE_FLAG,
    'physdev-out': INVERTIBLE_VALUE,
    'physdev-is-bridged': INVERTIBLE_FLAG,
  },
  build: (given) => new PhysdevMatch(given),
};
