import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import type { Scenario } from '../load/scenario.ts';
import type { CaptureManager } from './capture-manager.ts';
import { cpuSummary } from './cpu-summary.ts';
import { notesOf } from './notes.ts';
import { openWorld, settle, writeKeys } from './open-world.ts';
import type { RunOptions, RunResult } from './run-options.ts';
import { RUN_RECORD_FILE, runRecordOf } from './run-record.ts';
import { runSteps } from './run-steps.ts';
import { sizeSummary } from './size-notes.ts';
import { StepRunner } from './step-runner.ts';
import type { World } from './world.ts';

/** Runs a scenario to its end: machines, Docker, captures, steps; then writes what is left to write. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const seed = options.seed ?? scenario.seed;
  const { output } = options;
  let transcript = '';
  const write = (text: string) => {
    transcript += text;
    options.onTranscript?.(text);
  };
  const { world, captures, bringUp } = await openWorld(scenario, { ...options, seed });
  const record = runRecordOf(scenario, seed, options.untilNs);
  output?.writeText(RUN_RECORD_FILE, `${JSON.stringify(record, null, 2)}\n`);
  const steps = new StepRunner(world, scenario, captures, write, options.onStepEnd);
  bringUp();
  const endNs = Math.min(options.untilNs ?? Infinity, scenario.durationNs ?? Infinity);
  await runSteps(world, steps, endNs, options);
  if (steps.finished) settle(world, endNs);
  captures.stop();
  steps.finish();
  options.atEnd?.(world);
  const notes = notesOf(world);
  const summary = { ...summarise(scenario, world, steps, captures, seed), notes };
  output?.writeText('transcript.txt', transcript);
  output?.writeText('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  output?.writeText('metrics.csv', metrics(world));
  writeKeys(world, output);
  return { transcript, summary, notes, failed: steps.failed, exitCode: steps.failed.length === 0 ? 0 : 1 };
}

/** What summary.json holds: the same for the same file and seed, so no wall-clock time. */
function summarise(
  scenario: Scenario,
  world: World,
  steps: StepRunner,
  captures: CaptureManager,
  seed: number,
): Record<string, unknown> {
  const drops: Record<string, Record<string, number>> = {};
  for (const [name, host] of world.hosts) {
    const reasons: Record<string, number> = {};
    for (const [index, reason] of DROP_REASONS.entries()) {
      if (host.drops[index]! > 0) reasons[reason] = host.drops[index]!;
    }
    drops[name] = reasons;
  }
  return {
    schemaVersion: 1,
    name: scenario.name,
    seed,
    engine: scenario.engine,
    cost: scenario.cost?.name ?? 'ideal',
    simulatedNs: world.sim.nowNs,
    events: world.sim.fired,
    packets: { created: world.pool.allocated, freed: world.pool.freed },
    drops,
    mtu: sizeSummary(world),
    ...(scenario.cost === null ? {} : { cpu: cpuSummary(scenario.cost, world) }),
    steps: steps.summaries,
    captures: captures.finished,
    failed: steps.failed,
  };
}

/** Counters of every interface as CSV. */
function metrics(world: World): string {
  const lines = ['host,namespace,interface,rx_packets,rx_bytes,rx_dropped,tx_packets,tx_bytes,tx_dropped'];
  for (const [name, host] of world.hosts) {
    for (const netns of host.namespaces) {
      for (const dev of netns.devices) {
        const { rxPackets, rxBytes, rxDropped, txPackets, txBytes, txDropped } = dev.stats;
        lines.push(
          [
            name,
            netns.name || netns.id,
            dev.name,
            rxPackets,
            rxBytes,
            rxDropped,
            txPackets,
            txBytes,
            txDropped,
          ].join(','),
        );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}
