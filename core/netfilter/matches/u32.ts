import { get32 } from '../../../protocols/bytes.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { bang, hex, INVERTIBLE_VALUE, type GivenOption, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

type Operator = '&' | '<<' | '>>' | '@';
const MAX_TESTS = 10;

/** `position op number op number … = range,range`. */
interface U32Test {
  readonly position: number;
  readonly steps: readonly { readonly operator: Operator; readonly number: number }[];
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** `-m u32` (xt_u32.c): words of the packet, shifted, masked and followed. */
export class U32Match implements Match {
  readonly name = 'u32';
  private readonly tests: readonly U32Test[];
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    this.tests = parseTests(option.values[0]!);
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    context.packet.seal();
    const { buf, networkOffset, tail } = context.packet;
    return evaluate(this.tests, buf, networkOffset, tail) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --u32 "${this.text()}"`;
  }

  list(): string {
    return ` u32${bang(this.inverted)} "${this.text()}"`;
  }

  private text(): string {
    return this.tests.map(testText).join('&&');
  }
}

function testText(test: U32Test): string {
  const steps = test.steps.map(({ operator, number }) => operator + hex(number)).join('');
  const ranges = test.ranges.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}:${hex(high)}`));
  return `${hex(test.position)}${steps}=${ranges.join(',')}`;
}

/** u32_match_it over the bytes from `start` to `end`. */
function evaluate(tests: readonly U32Test[], buf: Uint8Array, start: number, end: number): boolean {
  for (let i = 0; i < tests.length; i++) {
    const test = tests[i]!;
    let at = start;
    let position = test.position;
    if (at + position + 4 > end) return false;
    let value = get32(buf, at + position);
    for (let j = 0; j < test.steps.length; j++) {
      const { operator, number } = test.steps[j]!;
      if (operator === '&') value = (value & number) >>> 0;
      else if (operator === '<<') value = number > 31 ? 0 : (value << number) >>> 0;
      else if (operator === '>>') value = number > 31 ? 0 : value >>> number;
      else {
        at += value;
        position = number;
        if (at + position + 4 > end) return false;
        value = get32(buf, at + position);
      }
    }
    if (!inRanges(test.ranges, value)) return false;
  }
  return true;
}

function inRanges(ranges: U32Test['ranges'], value: number): boolean {
  for (let i = 0; i < ranges.length; i++) if (value >= ranges[i]![0] && value <= ranges[i]![1]) return true;
  return false;
}

function parseTests(text: string): U32Test[] {
  const tests = text.split('&&').map((part) => parseTest(part.replace(/\s+/g, '')));
  if (tests.length > MAX_TESTS) throw new ParameterError(`u32: at most ${MAX_TESTS} tests`);
  return tests;
}

function parseTest(text: string): U32Test {
  const match = /^([0-9a-fA-FxX]+)((?:(?:&|<<|>>|@)[0-9a-fA-FxX]+)*)=(.+)$/.exec(text);
  if (match === null) throw new ParameterError(`u32: expected "location operators = value": "${text}"`);
  const steps = [...match[2]!.matchAll(/(&|<<|>>|@)([0-9a-fA-FxX]+)/g)].map((step) => ({
    operator: step[1] as Operator,
    number: parseNumber(step[2]!),
  }));
  const ranges = match[3]!.split(',').map((range): [number, number] => {
    const [low, high] = range.split(':');
    return [parseNumber(low!), parseNumber(high ?? low!)];
  });
  return { position: parseNumber(match[1]!), steps, ranges };
}

function parseNumber(text: string): number {
  const value = /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text);
  if (!Number.isInteger(value) || value > 0xffffffff) throw new ParameterError(`u32: bad number "${text}"`);
  return value;
}

export const u32Extension: MatchExtension = {
  name: 'u32',
  options: { u32: INVERTIBLE_VALUE },
  build(given) {
    const option = given.get('u32');
    if (option === undefined) throw new ParameterError('u32: option "--u32" must be specified');
    return new U32Match(option);
  },
};
