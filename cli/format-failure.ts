import type { FailedExpectation } from '../scenarios/run/run-options.ts';

/** An expectation that did not hold, for standard error. */
export function formatFailure(failure: FailedExpectation): string {
  return (
    `${failure.position}: expectation failed: ${failure.what} of ${failure.step}\n` +
    `  expected: ${failure.expected}\n  actual:   ${failure.actual}\n`
  );
}
