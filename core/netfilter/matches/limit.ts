import type { Match, MatchContext } from '../tables/match.ts';
import { parseUnsigned, VALUE, type GivenOptions, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** Units of a rate: `average` is in 1/10000 s between two packets (XT_LIMIT_SCALE). */
const SCALE = 10_000;
const RATES = [
  ['day', SCALE * 86_400],
  ['hour', SCALE * 3600],
  ['min', SCALE * 60],
  ['sec', SCALE],
] as const;
const NS_PER_UNIT = 100_000;

/** `-m limit` (xt_limit.c): a token bucket. */
export class LimitMatch implements Match {
  readonly name = 'limit';
  private readonly average: number;
  private readonly burst: number;
  private creditNs: number;
  private lastNs = -1;

  constructor(given: GivenOptions) {
    this.average = parseRate(given.value('limit') ?? '3/hour');
    const burst = given.value('limit-burst');
    this.burst = burst === undefined ? 5 : parseUnsigned('limit', 'limit-burst', burst, 10_000);
    this.creditNs = this.costNs * this.burst;
  }

  matches(context: MatchContext): boolean {
    const now = context.netns.host.nowNs();
    if (this.lastNs >= 0) {
      this.creditNs = Math.min(this.creditNs + now - this.lastNs, this.costNs * this.burst);
    }
    this.lastNs = now;
    if (this.creditNs < this.costNs) return false;
    this.creditNs -= this.costNs;
    return true;
  }

  save(): string {
    return ` --limit ${rateText(this.average)}${this.burst === 5 ? '' : ` --limit-burst ${this.burst}`}`;
  }

  list(): string {
    return ` limit: avg ${rateText(this.average)} burst ${this.burst}`;
  }

  private get costNs(): number {
    return this.average * NS_PER_UNIT;
  }
}

function parseRate(text: string): number {
  const match = /^(\d+)(?:\/([a-z]+))?$/i.exec(text);
  const unit = (match?.[2] ?? 'sec').toLowerCase();
  const names = ['day', 'hour', 'minute', 'second'];
  const index = names.findIndex((name) => name.startsWith(unit));
  const count = Number(match?.[1]);
  if (match === null || index < 0 || count === 0) {
    throw new ParameterError(`limit: bad value for option "--limit", or out of range (1-10000/sec)`);
  }
  const average = Math.floor(RATES[index]![1] / count);
  if (average === 0) throw new ParameterError(`Rate too fast "${text}"`);
  return average;
}

function rateText(average: number): string {
  let i = 1;
  for (; i < RATES.length; i++) {
    const unit = RATES[i]![1];
    if (average > unit || Math.floor(unit / average) < unit % average) break;
  }
  const [name, unit] = RATES[i - 1]!;
  return `${Math.floor(unit / average)}/${name}`;
}

export const limitExtension: MatchExtension = {
  name: 'limit',
  options: { limit: VALUE, 'limit-burst': VALUE },
  build: (given) => new LimitMatch(given),
};
