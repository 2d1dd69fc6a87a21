import type { Expectation, RunStep } from '../load/step.ts';
import type { FailedExpectation } from './run-options.ts';

/** What a command gave. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookNs: number;
}

/** The expectations of a step that do not hold. */
export function failedExpectations(
  step: RunStep,
  file: string,
  outcome: CommandOutcome,
): FailedExpectation[] {
  const expect = step.expect;
  if (expect === undefined) return [];
  const failed: FailedExpectation[] = [];
  const fail = (what: string, expected: string, actual: string) => {
    failed.push({
      position: `${file}:${step.position.line}:${step.position.column}`,
      step: step.text,
      what,
      expected,
      actual,
    });
  };
  if (expect.exit !== undefined && expect.exit !== outcome.exitCode) {
    fail('exit', String(expect.exit), String(outcome.exitCode));
  }
  checkTexts(expect, outcome, fail);
  if (expect.withinNs !== undefined && outcome.tookNs > expect.withinNs) {
    fail('within', `${expect.withinNs} ns`, `${outcome.tookNs} ns`);
  }
  return failed;
}

function checkTexts(
  expect: Expectation,
  outcome: CommandOutcome,
  fail: (what: string, expected: string, actual: string) => void,
): void {
  for (const text of expect.stdout) if (!outcome.stdout.includes(text)) fail('stdout', text, outcome.stdout);
  for (const text of expect.stderr) if (!outcome.stderr.includes(text)) fail('stderr', text, outcome.stderr);
  for (const pattern of expect.matches) {
    if (!pattern.test(outcome.stdout)) fail('matches', String(pattern), outcome.stdout);
  }
}
