/** What commands that run a scenario have in common. */
import { FormatError } from '../programs/compose-file/schema/format-error.ts';
import { parseDuration } from '../programs/compose-file/schema/units.ts';
import { driversRefused } from '../scenarios/load/refuse-drivers.ts';
import type { Scenario } from '../scenarios/load/scenario.ts';
import { UsageError } from './usage-error.ts';

/** `--until`, in nanoseconds. */
export function readUntil(text: string): number {
  return readTime('--until', text);
}

/** The simulated time that an option gives, in nanoseconds. */
export function readTime(option: string, text: string): number {
  return readingArguments(`${option}: `, () => parseDuration(text));
}

/** A scenario's own drivers are programs: they are loaded only for who says so. */
export function refuseCode(scenario: Scenario, args: { allowCode?: boolean | undefined }): void {
  if (scenario.drivers.length > 0 && !args.allowCode) throw driversRefused(scenario);
}

/** What a function of the library has to say of an option's form is said as a usage error. */
export function readingArguments<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const hint = error.hint === undefined ? '' : `; ${error.hint}`;
    throw new UsageError(`${prefix}${error.message}${hint}`);
  }
}
