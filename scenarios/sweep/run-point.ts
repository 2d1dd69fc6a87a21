import type { Variables } from '../../programs/compose-file/interpolate.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { Measure } from './measure.ts';
import { FigureCollector, readMeasure } from './run-figures.ts';

/** A scenario with all that it reads, so that it can be loaded again anywhere. */
export interface ScenarioText {
  readonly file: string;
  readonly text: string;
  readonly variables: Variables;
  /** Files that it names, by the name it has for them. */
  readonly files: Readonly<Record<string, string>>;
}

/** One run of a sweep, as plain data. */
export interface RunTask {
  readonly scenario: ScenarioText;
  readonly set: readonly string[];
  readonly seed: number;
  readonly untilNs: number | null;
  readonly allowCode: boolean;
  readonly measures: readonly Measure[];
}

/** What a run gave, as plain data. */
export interface RunOutcome {
  /** One for each measure; null: not found. */
  readonly values: readonly (number | null)[];
  /** Expectations that did not hold: the same text in every run in which one did not. */
  readonly failed: readonly string[];
  /** Why the run did not come to its end; null: it did. */
  readonly error: string | null;
  /** The error is no fault of the scenario's; then it comes with its stack. */
  readonly isBug: boolean;
}

/** Runs one point with one seed; whatever goes wrong is part of the outcome. */
export async function runPoint(task: RunTask, isCancelled?: () => boolean): Promise<RunOutcome> {
  const { measures, untilNs } = task;
  const collector = new FigureCollector(measures);
  try {
    const result = await runScenario(loadText(task.scenario, task.set), {
      seed: task.seed,
      allowCode: task.allowCode,
      ...(untilNs === null ? {} : { untilNs }),
      ...(isCancelled === undefined ? {} : { isCancelled }),
      onStepEnd: collector.onStepEnd,
      atEnd: collector.atEnd,
    });
    const figures = collector.figures(result);
    return {
      values: measures.map((measure) => readMeasure(measure, figures)),
      failed: result.failed.map(
        ({ position, what, step, expected }) => `${position}: ${what} of ${step}: expected ${expected}`,
      ),
      error: null,
      isBug: false,
    };
  } catch (error) {
    return failedRun(measures, error);
  }
}

export function failedRun(measures: readonly Measure[], error: unknown): RunOutcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const isBug = name !== 'FileError' && name !== 'DriverModuleError';
  return {
    values: measures.map(() => null),
    failed: [],
    error: isBug ? (stack ?? message) : message,
    isBug,
  };
}

/** Throws a ScenarioError. */
export function loadText({ file, text, variables, files }: ScenarioText, set: readonly string[]) {
  return loadScenario(text, {
    file,
    variables,
    set,
    readFile: (name) => {
      if (!Object.hasOwn(files, name)) throw new Error(`${name}: no such file`);
      return files[name]!;
    },
  });
}
