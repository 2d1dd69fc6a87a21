import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import type { StepInput, StepMap } from '../schema/step.ts';
import type { Report } from './checks/draft.ts';
import { parseStep } from './parse-step.ts';
import { compilePattern } from './safe-pattern.ts';
import type { Path } from '../../programs/compose-file/yaml-source.ts';
import type { ScenarioSource } from './source.ts';
import type { Expectation, Step } from './step.ts';

/** Reads the steps of a file; those that cannot be read are reported and left out. */
export function buildSteps(inputs: readonly StepInput[], source: ScenarioSource, report: Report): Step[] {
  return inputs.flatMap((input, i): Step[] => {
    const map: StepMap = typeof input === 'string' ? { run: input } : input;
    const path = typeof input === 'string' ? ['steps', i] : ['steps', i, 'run'];
    try {
      const action = parseStep(map.run);
      const base = { text: map.run, atNs: map.at, position: source.locate(path), path };
      if (action.kind !== 'run') {
        refuseRunKeys(map, ['steps', i], report);
        return [{ ...action, ...base }];
      }
      const expect = buildExpectation(map, ['steps', i], report);
      return [{ ...action, ...base, background: map.background ?? false, expect }];
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(path, error.message, error.hint, 'value', error.offset);
      return [];
    }
  });
}

function refuseRunKeys(map: StepMap, path: Path, report: Report): void {
  for (const key of ['expect', 'background', 'within'] as const) {
    if (map[key] !== undefined) report([...path, key], `only a command has ${key}`, 'remove it', 'key');
  }
}

function buildExpectation(map: StepMap, path: Path, report: Report): Expectation | undefined {
  const { expect, within } = map;
  if (expect === undefined && within === undefined) return undefined;
  const matches = (expect?.matches ?? []).flatMap((text, i) => {
    try {
      return [compilePattern(text)];
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report([...path, 'expect', 'matches', i], error.message, error.hint);
      return [];
    }
  });
  return {
    exit: expect?.exit,
    stdout: expect?.stdout ?? [],
    stderr: expect?.stderr ?? [],
    matches,
    withinNs: expect?.within ?? within,
  };
}
