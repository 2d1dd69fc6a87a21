import { describe, expect, it } from 'vitest';
import { planSweep, tasksOf, type SweepRequest } from '../../scenarios/sweep/plan-sweep.ts';
import { LINUX_PROFILE } from '../../scenarios/cost/linux-profile.ts';
import { runSweep } from '../../scenarios/sweep/run-sweep.ts';
import { PAIR } from './pair.ts';

const plan = (request: Partial<SweepRequest> = {}) =>
  planSweep({ file: 'pair.yaml', text: PAIR, ...request });

describe('the plan of a sweep', () => {
  it('is every value with every other, each with each seed; the first parameter is the slowest', () => {
    const tasks = tasksOf(
      plan({ vary: ['links.wire.loss=0,1%', 'links.wire.delay=1ms..3ms'], seeds: '4,2' }),
    );
    const points = ['0', '1%'].flatMap((loss) =>
      ['1ms', '2ms', '3ms'].map((delay) => [`links.wire.loss=${loss}`, `links.wire.delay=${delay}`]),
    );
    expect(tasks.map(({ set, seed }) => ({ set, seed }))).toEqual(
      points.flatMap((set) => [4, 2].map((seed) => ({ set, seed }))),
    );
  });

  it('puts a value in braces wherever its name stands', () => {
    const { points } = plan({
      set: ['steps.0=a$ ping -s {size} -c {n1} 10.0.0.2', 'description=size {size}'],
      vary: ['size=8,$&', 'n1=2'],
    });
    expect(points.map(({ set }) => set)).toEqual([
      ['steps.0=a$ ping -s 8 -c 2 10.0.0.2', 'description=size 8'],
      ['steps.0=a$ ping -s $& -c 2 10.0.0.2', 'description=size $&'],
    ]);
  });

  it('without options is one run, with its simulated time, drops and what each command took', () => {
    const { points, seeds, measures } = plan();
    expect(points).toEqual([{ values: [], set: [] }]);
    expect(seeds).toEqual([1]);
    expect(measures.map(({ name }) => name)).toEqual([
      'simulatedNs',
      'drops',
      'steps.0.tookNs',
      'steps.2.tookNs',
    ]);
  });

  it('keeps the files that any point reads, so that every run finds them', async () => {
    const readFile = (path: string) => {
      if (path === './own.yaml') return JSON.stringify(LINUX_PROFILE);
      throw new Error(`${path}: no such file`);
    };
    const planned = plan({ vary: ['cost=ideal,./own.yaml'], measure: ['cpu.hosts.a.busyNs'], readFile });
    expect(Object.keys(planned.text.files)).toEqual(['./own.yaml']);
    const [ideal, own] = await runSweep(planned, { jobs: 1 });
    expect([ideal!.error, ideal!.values]).toEqual([null, [null]]);
    expect(own!.values[0]).toBeGreaterThan(0);
  });

  it.each<[Partial<SweepRequest>, string]>([
    [{ vary: ['links.wire.los=1%'] }, 'did you mean "loss"?'],
    [{ vary: ['links.wire.loss=0,much'] }, '"much" is not a probability'],
    [{ vary: ['links.wire.loss=0,1%', 'links.wire.loss=2%'] }, 'is varied twice'],
    [{ vary: ['seed=1,2'] }, 'seed is not varied'],
    [{ set: ['description={n}'], vary: ['n=1,2'] }, 'n is a column of the tables'],
    [{ measure: ['x=drops', 'x=events'] }, 'x is the name of two columns'],
    [
      { vary: ['links.wire.delay=1us..1000us', 'links.wire.loss=0,1%'], seeds: '100' },
      'are more than 100000',
    ],
  ])('%j is refused', (request, message) => expect(() => plan(request)).toThrow(message));
});
