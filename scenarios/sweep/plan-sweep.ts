import type { Variables } from '../../programs/compose-file/interpolate.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { loadScenario } from '../load/load-scenario.ts';
import type { FileReader } from '../load/read-cost.ts';
import type { Scenario } from '../load/scenario.ts';
import { checkMeasure } from './check-measure.ts';
import { parseMeasure, type Measure } from './measure.ts';
import { parseParameter, type Parameter } from './parameter.ts';
import type { RunTask, ScenarioText } from './run-point.ts';
import { parseSeeds } from './seeds.ts';

const MAX_RUNS = 100_000;

export interface SweepRequest {
  readonly file: string;
  readonly text: string;
  readonly variables?: Variables;
  readonly readFile?: FileReader;
  /** Assignments that hold for all runs; `{name}` in them stands for the value of a parameter of that name. */
  readonly set?: readonly string[];
  /** `PATH=V1,V2`, or `NAME=V1,V2` for what stands in braces. */
  readonly vary?: readonly string[];
  /** `5`, `1..10` or `1,4,7`; default: the scenario's own seed. */
  readonly seeds?: string;
  /** `NAME=PATH /PATTERN/`; default: simulated time, drops and the time of each command. */
  readonly measure?: readonly string[];
  readonly untilNs?: number;
  readonly allowCode?: boolean;
}

/** One combination of values. */
export interface SweepPoint {
  /** One for each parameter, as written. */
  readonly values: readonly string[];
  /** What makes the scenario this point's. */
  readonly set: readonly string[];
}

/** All runs of a sweep, checked: each can be loaded, each measure can be read. */
export interface SweepPlan {
  /** The scenario without what is varied. */
  readonly scenario: Scenario;
  readonly text: ScenarioText;
  readonly set: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly seeds: readonly number[];
  readonly measures: readonly Measure[];
  /** The first parameter changes slowest. */
  readonly points: readonly SweepPoint[];
  readonly untilNs: number | null;
  readonly allowCode: boolean;
}

/** Checks a sweep. Throws a FormatError for what is wrong with the request, a ScenarioError for the scenario at any point. */
export function planSweep(request: SweepRequest): SweepPlan {
  const { file, text, variables = {}, set = [] } = request;
  const files: Record<string, string> = {};
  const readFile: FileReader = (name) => {
    if (request.readFile === undefined) throw new Error(`${name}: files cannot be read here`);
    return (files[name] = request.readFile(name));
  };
  const load = (assignments: readonly string[]) =>
    loadScenario(text, { file, variables, readFile, set: assignments });
  const parameters = (request.vary ?? []).map((each) => parseParameter(each, set));
  checkNames(parameters, 'varied twice');
  const points = crossProduct(parameters, set);
  const given = request.seeds === undefined ? null : parseSeeds(request.seeds);
  const count = points.length * (given?.length ?? 1);
  if (count > MAX_RUNS) throw new FormatError(`${count} runs are more than ${MAX_RUNS}`, 'vary less at once');
  const scenarios = points.map((point) => load(point.set));
  const scenario = scenarios[0]!;
  const seeds = given ?? [scenario.seed];
  const measures = request.measure?.map(parseMeasure) ?? defaultMeasures(scenario);
  checkNames([...parameters, ...measures], 'the name of two columns; name a measure: other=…');
  for (const measure of measures) checkMeasure(measure, scenario);
  return {
    scenario,
    text: { file, text, variables, files },
    set,
    parameters,
    seeds,
    measures,
    points,
    untilNs: request.untilNs ?? null,
    allowCode: request.allowCode ?? false,
  };
}

/** The runs of a plan: point by point, seed by seed. */
export function tasksOf(plan: SweepPlan): RunTask[] {
  const { text: scenario, measures, untilNs, allowCode } = plan;
  return plan.points.flatMap(({ set }) =>
    plan.seeds.map((seed) => ({ scenario, set, seed, untilNs, allowCode, measures })),
  );
}

/** Every value of each parameter with every value of the others. */
export function crossProduct(parameters: readonly Parameter[], set: readonly string[]): SweepPoint[] {
  const count = parameters.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_RUNS)
    throw new FormatError(`${count} points are more than ${MAX_RUNS}`, 'vary less at once');
  let combinations: string[][] = [[]];
  for (const { values } of parameters) {
    combinations = combinations.flatMap((before) => values.map((value) => [...before, value]));
  }
  return combinations.map((values) => ({ values, set: assignmentsOf(parameters, values, set) }));
}

function assignmentsOf(
  parameters: readonly Parameter[],
  values: readonly string[],
  set: readonly string[],
): string[] {
  const fill = (text: string) =>
    parameters.reduce(
      (filled, { name, inBraces }, index) =>
        inBraces ? filled.replaceAll(`{${name}}`, () => values[index]!) : filled,
      text,
    );
  const own = parameters.flatMap(({ name, inBraces }, index) =>
    inBraces ? [] : [`${name}=${values[index]}`],
  );
  return [...set.map(fill), ...own];
}

function defaultMeasures({ steps }: Scenario): Measure[] {
  const times = steps.flatMap((step, index) =>
    step.kind === 'run' && !step.background ? [`steps.${index}.tookNs`] : [],
  );
  return ['simulatedNs', 'drops', ...times].map(parseMeasure);
}

/** Columns of the tables that are there anyway. */
const TAKEN = [
  'run',
  'status',
  'measure',
  'n',
  'mean',
  'sd',
  'ci95_low',
  'ci95_high',
  'median',
  'min',
  'max',
];

function checkNames(columns: readonly { readonly name: string }[], twiceIs: string): void {
  const names = columns.map(({ name }) => name);
  if (names.includes('seed'))
    throw new FormatError('seed is not varied as others are', 'write --seeds 1..10');
  const taken = names.find((name) => TAKEN.includes(name));
  if (taken !== undefined) throw new FormatError(`${taken} is a column of the tables`, 'take another name');
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new FormatError(`${twice} is ${twiceIs}`);
}
