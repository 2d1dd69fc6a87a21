import type { RandomStream } from '../../sim/random-streams.ts';
import type { Match } from '../tables/match.ts';
import {
  bang,
  INVERTIBLE_VALUE,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type MatchExtension,
  type RuleSurroundings,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** `-m statistic` (xt_statistic.c): every n-th packet, or some of them at random. */
export class StatisticMatch implements Match {
  readonly name = 'statistic';
  private readonly mode: 'random' | 'nth';
  private readonly inverted: boolean;
  /** In 1/2^31. */
  private readonly probability: number;
  private readonly every: number;
  private readonly packet: number;
  private count: number;
  private readonly random: RandomStream;

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    const mode = given.value('mode');
    if (mode !== 'random' && mode !== 'nth') throw new ParameterError(`Bad mode "${mode ?? ''}"`);
    this.mode = mode;
    const option = given.get(mode === 'random' ? 'probability' : 'every');
    const missing = mode === 'random' ? '--probability' : '--every';
    if (option === undefined)
      throw new ParameterError(`statistic: ${missing} must be specified with --mode ${mode}`);
    this.inverted = option.inverted;
    const probability = mode === 'random' ? Number(option.values[0]) : 0;
    if (!(probability >= 0 && probability <= 1)) {
      throw new ParameterError(`statistic: bad value for "--probability": "${option.values[0]}"`);
    }
    this.probability = Math.round(probability * 0x80000000);
    this.every = mode === 'nth' ? parseUnsigned('statistic', 'every', option.values[0]!, 0xffffffff, 1) : 0;
    const packet = given.value('packet');
    this.packet = packet === undefined ? 0 : parseUnsigned('statistic', 'packet', packet);
    if (mode === 'nth' && this.packet >= this.every) {
      throw new ParameterError('the --packet p must be 0 <= p <= n-1');
    }
    this.count = this.every - this.packet - 1;
    this.random = rule.netns.host.sim.random.stream(`${rule.netns.host.name}:xt-statistic`);
  }

  matches(): boolean {
    let hit: boolean;
    if (this.mode === 'random') {
      hit = (this.random.uint32() & 0x7fffffff) < this.probability;
    } else {
      hit = this.count + 1 >= this.every;
      this.count = hit ? 0 : this.count + 1;
    }
    return hit !== this.inverted;
  }

  save(): string {
    return this.text('--');
  }

  list(): string {
    return ` statistic${this.text('')}`;
  }

  private text(prefix: string): string {
    const not = bang(this.inverted);
    if (this.mode === 'random') {
      return ` ${prefix}mode random${not} ${prefix}probability ${(this.probability / 0x80000000).toFixed(11)}`;
    }
    const packet = this.packet !== 0 || prefix !== '' ? ` ${prefix}packet ${this.packet}` : '';
    return ` ${prefix}mode nth${not} ${prefix}every ${this.every}${packet}`;
  }
}

export const statisticExtension: MatchExtension = {
  name: 'statistic',
  options: { mode: VALUE, probability: INVERTIBLE_VALUE, every: INVERTIBLE_VALUE, packet: VALUE },
  build: (given, rule) => new StatisticMatch(given, rule),
};
