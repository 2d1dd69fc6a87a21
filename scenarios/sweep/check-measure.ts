import { COST_STAGES } from '../../core/host/cost-meter.ts';
import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { suggestion } from '../../programs/compose-file/suggest.ts';
import type { Scenario } from '../load/scenario.ts';
import { parseCapturePoint } from '../schema/capture.ts';
import type { Measure } from './measure.ts';
import { INTERFACE_COUNTERS } from './run-figures.ts';

type Check = (path: readonly string[], scenario: Scenario) => void;

/** What each first name of a path takes after it. */
const CHECKS: Readonly<Record<string, Check>> = {
  simulatedNs: checkNothingFollows,
  events: checkNothingFollows,
  exitCode: checkNothingFollows,
  packets: ([, which]) => known(which, ['created', 'freed'], 'packets'),
  drops: checkDrops,
  steps: checkStep,
  interfaces: checkInterface,
  captures: ([, file, what]) => {
    if (file === undefined) throw new FormatError('which capture?', 'write captures."wire.pcap".packets');
    known(what, ['packets'], `captures.${file}`);
  },
  cpu: checkCpu,
};

const STEP_NUMBERS = ['exitCode', 'tookNs', 'startedNs'];
const STEP_TEXTS = ['stdout', 'stderr'];

/** Finds what can be found wrong with a measure before anything runs. Throws a FormatError. */
export function checkMeasure({ source, path, pattern }: Measure, scenario: Scenario): void {
  try {
    known(path[0], Object.keys(CHECKS), 'the figures of a run');
    CHECKS[path[0]!]!(path, scenario);
    checkPattern(path, pattern);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${source}: ${error.message}`, error.hint);
  }
}

function checkPattern(path: readonly string[], pattern: RegExp | null): void {
  const isText = path[0] === 'steps' && (STEP_TEXTS.includes(path[2]!) || path[2] === 'json');
  if (path[2] === 'json' || isText === (pattern !== null)) return;
  throw isText
    ? new FormatError('this is text', `add a pattern with a group: ${path.join('.')} /([\\d.]+) Mbits/`)
    : new FormatError('this is a number: a pattern finds numbers in text', 'leave the pattern out');
}

function checkNothingFollows([name, more]: readonly string[]): void {
  if (more !== undefined) throw new FormatError(`nothing follows ${name}`);
}

function checkDrops([, host, reason, more]: readonly string[], scenario: Scenario): void {
  if (host !== undefined) known(host, Object.keys(scenario.hosts), 'hosts');
  if (reason !== undefined) known(reason, DROP_REASONS, 'drop reasons');
  if (more !== undefined) throw new FormatError('nothing follows a drop reason');
}

function checkStep([, index, what, more]: readonly string[], { steps }: Scenario): void {
  const step = steps[Number(index)];
  const commands = steps.flatMap(({ kind, text }, at) => (kind === 'run' ? [`steps.${at}: ${text}`] : []));
  const hint = `steps count from 0; those that run a command:\n  ${commands.join('\n  ')}`;
  if (!/^\d+$/.test(index ?? '')) throw new FormatError('which step?', hint);
  if (step === undefined) throw new FormatError(`there is no step ${index}`, hint);
  if (step.kind !== 'run') throw new FormatError(`step ${index} runs no command`, hint);
  known(what, [...STEP_NUMBERS, ...STEP_TEXTS, 'json'], `steps.${index}`);
  if (what === 'json' ? more === undefined : more !== undefined) {
    throw new FormatError(
      what === 'json' ? 'which value of the document?' : `nothing follows ${what}`,
      `as steps.${index}.json.end.sum_received.bits_per_second`,
    );
  }
}

function checkInterface([, tap, counter, more]: readonly string[]): void {
  if (tap === undefined) throw new FormatError('which interface?', 'write interfaces.host1/eth0.tx_bytes');
  parseCapturePoint(tap);
  known(counter, Object.keys(INTERFACE_COUNTERS), 'counters');
  if (more !== undefined) throw new FormatError(`nothing follows ${counter}`, 'a name with a dot is quoted');
}

function checkCpu([, hosts, host, what, stage, figure]: readonly string[], scenario: Scenario): void {
  known(hosts, ['hosts'], 'cpu');
  known(host, Object.keys(scenario.hosts), 'hosts');
  known(what, ['busyNs', 'stages'], `cpu.hosts.${host}`);
  if (what === 'busyNs') return;
  known(stage, COST_STAGES, 'stages');
  known(figure, ['count', 'ns'], `stages.${stage}`);
}

function known(name: string | undefined, names: readonly string[], where: string): void {
  if (name !== undefined && names.includes(name)) return;
  const message =
    name === undefined ? `a name is missing: which of ${where}?` : `"${name}" is not among ${where}`;
  throw new FormatError(message, suggestion(name ?? '', names));
}
