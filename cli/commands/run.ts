import { join } from 'node:path';
import type { Scenario } from '../../scenarios/load/scenario.ts';
import type { RunOptions, RunResult } from '../../scenarios/run/run-options.ts';
import { EXIT } from '../exit-code.ts';
import { formatFailure } from '../format-failure.ts';
import { loadFile, showNotices, type FileArguments } from '../load-file.ts';
import { NodeOutputFolder } from '../node-output-folder.ts';
import { ProgressLine } from '../progress-line.ts';
import type { Terminal } from '../terminal.ts';
import { readUntil, refuseCode } from '../run-arguments.ts';

/** What runs a scenario; handed in, so that the runner is loaded only when a file is right. */
export type ScenarioRunner = (scenario: Scenario, options: RunOptions) => RunResult | Promise<RunResult>;

export interface RunArguments extends FileArguments {
  readonly out?: string | undefined;
  readonly seed?: number | undefined;
  readonly until?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly allowCode?: boolean | undefined;
}

/** `dockwire run FILE`: runs a scenario, prints its transcript, writes its captures and figures. */
export async function run(
  args: RunArguments,
  terminal: Terminal,
  loadRunner: () => Promise<ScenarioRunner>,
): Promise<number> {
  const untilNs = args.until === undefined ? undefined : readUntil(args.until);
  const scenario = loadFile(args);
  refuseCode(scenario, args);
  if (!args.quiet && !args.json) showNotices(scenario, terminal);
  const runScenario = await loadRunner();
  const folder = args.out ?? join('out', scenario.name);
  const progress = args.quiet ? undefined : new ProgressLine(terminal);
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', onInterrupt);
  try {
    const result = await runScenario(scenario, {
      output: new NodeOutputFolder(folder),
      ...(args.seed === undefined ? {} : { seed: args.seed }),
      ...(untilNs === undefined ? {} : { untilNs }),
      allowCode: args.allowCode ?? false,
      isCancelled: () => interrupted,
      onTranscript: (text) => {
        progress?.clear();
        if (!args.json && !args.quiet) terminal.out(text);
      },
      onProgress: (state) => progress?.show(state),
    });
    progress?.clear();
    if (args.json) terminal.out(`${JSON.stringify(asDocument(scenario, folder, result), null, 2)}\n`);
    if (!args.json) for (const note of result.notes) terminal.err(`note: ${note}\n`);
    for (const failure of result.failed) terminal.err(formatFailure(failure));
    return interrupted ? EXIT.interrupted : result.exitCode;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** What `--json` prints; a contract, so it carries a version. */
function asDocument(scenario: Scenario, folder: string, result: RunResult): Record<string, unknown> {
  return {
    schemaVersion: 1,
    name: scenario.name,
    folder,
    exitCode: result.exitCode,
    failed: result.failed,
    summary: result.summary,
    transcript: result.transcript,
  };
}
