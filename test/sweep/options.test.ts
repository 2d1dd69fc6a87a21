import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { checkMeasure } from '../../scenarios/sweep/check-measure.ts';
import { numberIn, parseMeasure } from '../../scenarios/sweep/measure.ts';
import { parseParameter } from '../../scenarios/sweep/parameter.ts';
import { parseSeeds } from '../../scenarios/sweep/seeds.ts';
import { splitValues } from '../../scenarios/sweep/split-values.ts';
import { PAIR } from './pair.ts';

describe('values of a parameter', () => {
  it.each([
    ['0,0.1%,1%', ['0', '0.1%', '1%']],
    ['ideal , linux:low', ['ideal', 'linux:low']],
    ['1..4', ['1', '2', '3', '4']],
    ['0..1 step 0.25', ['0.00', '0.25', '0.50', '0.75', '1.00']],
    ['1ms..10ms step 4ms,1s', ['1ms', '5ms', '9ms', '1s']],
    ['1..5ms step 2ms', ['1ms', '3ms', '5ms']],
    ['-1..1', ['-1', '0', '1']],
    ['"a,b",c', ['"a,b"', 'c']],
    ['{ a: 1, b: 2 },[1, 2]', ['{ a: 1, b: 2 }', '[1, 2]']],
    ['10.0.0.1,10.0.0.2', ['10.0.0.1', '10.0.0.2']],
  ])('%s', (text, values) => expect(splitValues(text)).toEqual(values));

  it.each([
    ['1,,2', 'a value is missing'],
    ['', 'a value is missing'],
    ['1,2,1', '1 is there twice'],
    ['1..3,2', '2 is there twice'],
    ['[1,2', 'not closed'],
    ['a]', 'not closed'],
    ['5..1', 'a range goes up'],
    ['1..5 step 0', 'a range goes up'],
    ['1ms..5s', 'have one unit'],
    ['1..1000000', 'more than 10000 values'],
  ])('%j is refused', (text, message) => expect(() => splitValues(text)).toThrow(message));

  it('a name in braces is put into assignments, any other is a path', () => {
    const set = ['steps.0=a$ ping -s {size} b'];
    expect(parseParameter('size=100,1000', set)).toEqual({
      name: 'size',
      inBraces: true,
      values: ['100', '1000'],
    });
    expect(parseParameter('links."a.b".loss=1%', set)).toMatchObject({
      name: 'links."a.b".loss',
      inBraces: false,
    });
    expect(() => parseParameter('links', set)).toThrow('is not PATH=V1,V2');
  });
});

describe('seeds', () => {
  it.each([
    ['3', [1, 2, 3]],
    ['11..13', [11, 12, 13]],
    ['7..7', [7]],
    ['9,4,1', [9, 4, 1]],
  ])('%s', (text, seeds) => expect(parseSeeds(text)).toEqual(seeds));

  it.each(['0', '', 'x', '3..1', '1,1', '1,x', '-1', '5000000000..5000000001', '1..99999'])(
    '%j is refused',
    (text) => expect(() => parseSeeds(text)).toThrow(),
  );
});

describe('measures', () => {
  const scenario = loadScenario(PAIR, { file: 'pair.yaml' });

  it.each([
    ['events', 'events', ['events']],
    ['lost=drops.a.QDISC_DROP', 'lost', ['drops', 'a', 'QDISC_DROP']],
    ['interfaces.b/eth0.rx_bytes', 'interfaces.b/eth0.rx_bytes', ['interfaces', 'b/eth0', 'rx_bytes']],
    ['captures."far.pcap".packets', 'captures."far.pcap".packets', ['captures', 'far.pcap', 'packets']],
    ['rtt=steps.0.stdout /= [\\d.]+\\/([\\d.]+)\\//', 'rtt', ['steps', '0', 'stdout']],
    ['steps.0.json.end.sum_received.bits_per_second', undefined, undefined],
    ['cpu.hosts.a.stages.route.ns', undefined, undefined],
  ])('%s', (text, name, path) => {
    const measure = parseMeasure(text);
    if (name !== undefined) expect(measure).toMatchObject({ name, path });
    expect(() => checkMeasure(measure, scenario)).not.toThrow();
  });

  it.each([
    ['evnts', 'did you mean "events"?'],
    ['drops.c', '"c" is not among hosts'],
    ['drops.a.QDISC_DORP', 'did you mean "QDISC_DROP"?'],
    ['steps.3.tookNs', 'there is no step 3'],
    ['steps.1.tookNs', 'step 1 runs no command'],
    ['steps.first.tookNs', 'which step?'],
    ['steps.0.stdout', 'this is text'],
    ['steps.0.tookNs /(x)/', 'this is a number'],
    ['steps.0.json', 'which value'],
    ['interfaces.b/eth0.rx', 'is not among counters'],
    ['interfaces.eth0.rx_bytes', 'is not a place to capture'],
    ['steps.0.stdout /\\d+/', 'has no group'],
    ['steps.0.stdout /(/', 'not a pattern'],
    ['steps.0.stdout /(a+)+/', 'repeats within a repetition'],
  ])('%s is refused', (text, message) => {
    const check = () => {
      try {
        checkMeasure(parseMeasure(text), scenario);
      } catch (error) {
        const { message: what, hint } = error as Error & { hint?: string };
        throw new Error(`${what}; ${hint}`);
      }
    };
    expect(check).toThrow(message);
  });

  it('a second group is a prefix', () => {
    const rate = /([\d.]+) ([KMG]?)bits/;
    expect(numberIn('94.1 Mbits/sec', rate)).toBe(94.1e6);
    expect(numberIn('512 Kbits/sec', rate)).toBe(512_000);
    expect(numberIn('17 bits/sec', rate)).toBe(17);
    expect(numberIn('time=0.5 ms', /time=([\d.]+) (m?)s/)).toBeCloseTo(0.0005);
    expect(numberIn('nothing', rate)).toBeNull();
    expect(numberIn('1.2.3 bits', rate)).toBeNull();
    expect(numberIn('3 xbits', /(\d+) (x)bits/)).toBeNull();
  });
});
