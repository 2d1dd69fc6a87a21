import { join } from 'node:path';
import { FilterError } from '../../core/capture/filter/filter-error.ts';
import { compileFilter } from '../../core/capture/filter/packet-filter.ts';
import type { Scenario } from '../../scenarios/load/scenario.ts';
import { RUN_RECORD_FILE } from '../../scenarios/run/run-record.ts';
import type { RunResult } from '../../scenarios/run/run-options.ts';
import type { CapturedFrame, WhyOptions, WhyQuestion } from '../../scenarios/why/why-scenario.ts';
import { EXIT } from '../exit-code.ts';
import { isFolder } from '../is-folder.ts';
import { loadFile, showNotices } from '../load-file.ts';
import { readTime, readUntil, refuseCode } from '../run-arguments.ts';
import type { Terminal } from '../terminal.ts';
import { readIfThere } from '../read-if-there.ts';
import { UsageError } from '../usage-error.ts';

export interface WhyArguments {
  /** A run's folder, or a scenario file. */
  readonly run: string;
  readonly filter?: readonly string[] | undefined;
  readonly packet?: readonly number[] | undefined;
  readonly frame?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly dropped?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly set?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly until?: string | undefined;
  readonly allowCode?: boolean | undefined;
}

/** What is to be run again, and how it ran. */
interface Subject {
  readonly scenario: Scenario;
  readonly seed?: number;
  readonly untilNs?: number;
  /** summary.json of the run, to compare with; null when there is none. */
  readonly summary: string | null;
}

/** Lives that are printed when no limit is given. */
const DEFAULT_LIMIT = 3;

/** `dockwire why DIR`: runs a run's scenario again and tells what happened to its packets. */
export async function why(args: WhyArguments, terminal: Terminal): Promise<number> {
  const question = readQuestion(args);
  const subject = isFolder(args.run) ? await readRun(args) : readScenario(args, terminal);
  refuseCode(subject.scenario, args);
  const { whyScenario, NoSuchPacketError } = await import('../../scenarios/why/why-scenario.ts');
  const { answerText } = await import('../../scenarios/why/answer-text.ts');
  try {
    const answer = await whyScenario(subject.scenario, question, {
      ...optionsOf(subject, args),
      onResult: onceOnly((result) => warnOfDifference(args.run, subject.summary, result, terminal)),
    });
    const { name } = subject.scenario;
    if (args.json)
      terminal.out(`${JSON.stringify({ schemaVersion: 1, scenario: name, ...answer }, null, 2)}\n`);
    else terminal.out(answerText(answer, { run: args.run, all: args.all ?? false }));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof NoSuchPacketError) throw new UsageError(error.message);
    throw error;
  }
}

function readQuestion(args: WhyArguments): WhyQuestion {
  const { packet = [], frame = [], filter = [], dropped = false } = args;
  const isSelected = filter.length > 0 || args.from !== undefined || args.to !== undefined || dropped;
  if (packet.length > 0 || frame.length > 0) {
    if (isSelected)
      throw new UsageError(
        '--packet and --frame name packets: a filter, --from, --to and --dropped choose them',
      );
    return { kind: 'named', packets: packet.map(readPacket), frames: frame.map(readFrame) };
  }
  if (!isSelected) {
    if (args.limit !== undefined)
      throw new UsageError('--limit goes with a filter, --from, --to or --dropped');
    return { kind: 'overview' };
  }
  const fromNs = args.from === undefined ? undefined : readTime('--from', args.from);
  const toNs = args.to === undefined ? undefined : readTime('--to', args.to);
  if (fromNs !== undefined && toNs !== undefined && fromNs > toNs)
    throw new UsageError('--from is later than --to');
  const selection = {
    ...(filter.length === 0 ? {} : { filter: readFilter(filter.join(' ')) }),
    ...(fromNs === undefined ? {} : { fromNs }),
    ...(toNs === undefined ? {} : { toNs }),
    isDropped: dropped,
  };
  return { kind: 'selected', selection, limit: readLimit(args.limit) };
}

function readFilter(text: string) {
  try {
    return compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) throw new UsageError(`"${text}": ${error.message}`);
    throw error;
  }
}

function readPacket(value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError('--packet takes the number of a packet, as 57');
}

function readLimit(value: number = DEFAULT_LIMIT): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError('--limit takes how many packets, as 10');
}

function readFrame(text: string): CapturedFrame {
  const match = /^(?:captures\/)?(.+\.pcap(?:ng)?):([1-9]\d{0,9})$/.exec(text);
  if (match === null)
    throw new UsageError(`--frame ${text}: write a capture and a frame, as docker0.pcap:12`);
  return { file: match[1]!, number: Number(match[2]) };
}

function readScenario(args: WhyArguments, terminal: Terminal): Subject {
  const scenario = loadFile({ file: args.run, set: args.set, env: args.env });
  showNotices(scenario, terminal);
  return {
    scenario,
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    ...(args.until === undefined ? {} : { untilNs: readUntil(args.until) }),
    summary: null,
  };
}

async function readRun(args: WhyArguments): Promise<Subject> {
  for (const option of ['set', 'env', 'seed', 'until'] as const) {
    if (args[option] !== undefined)
      throw new UsageError(`--${option} goes with a scenario file: ${args.run} is a run, which had its own`);
  }
  const file = join(args.run, RUN_RECORD_FILE);
  const text = readIfThere(file);
  if (text === null)
    throw new UsageError(`${args.run}: no ${RUN_RECORD_FILE}: this is not the folder of a run`);
  const { parseRunRecord, scenarioOfRecord, RunRecordError } =
    await import('../../scenarios/why/read-run-record.ts');
  try {
    const record = parseRunRecord(text);
    return {
      scenario: scenarioOfRecord(record),
      seed: record.seed,
      ...(record.untilNs === null ? {} : { untilNs: record.untilNs }),
      summary: readIfThere(join(args.run, 'summary.json')),
    };
  } catch (error) {
    if (error instanceof RunRecordError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function optionsOf({ seed, untilNs }: Subject, { allowCode }: WhyArguments): WhyOptions {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(untilNs === undefined ? {} : { untilNs }),
    allowCode: allowCode ?? false,
  };
}

/** A run that was interrupted, or that another version made, is not the one that is told of. */
function warnOfDifference(
  folder: string,
  summary: string | null,
  result: RunResult,
  terminal: Terminal,
): void {
  if (summary === null || summary.trim() === JSON.stringify(result.summary, null, 2)) return;
  terminal.err(
    `${folder}: run again it came to another summary.json: it was interrupted, changed, or made by another version\n`,
  );
}

/** The second run is the same as the first. */
function onceOnly<T>(call: (value: T) => void): (value: T) => void {
  let called = false;
  return (value) => {
    if (!called) call(value);
    called = true;
  };
}
