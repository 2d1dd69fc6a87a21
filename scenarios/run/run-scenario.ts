import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { espSaLines } from '../../core/xfrm/esp-sa-lines.ts';
import type { Scenario } from '../load/scenario.ts';
import { addRoutes, buildHosts } from './build-hosts.ts';
import { buildLinks } from './build-links.ts';
import { bringUp } from './bring-up.ts';
import { CaptureManager } from './capture-manager.ts';
import { cpuSummary } from './cpu-summary.ts';
import { loadDrivers } from './load-drivers.ts';
import { findDevice } from './nodes.ts';
import { notesOf } from './notes.ts';
import type { RunOptions, RunResult } from './run-options.ts';
import { sizeSummary } from './size-notes.ts';
import { StepRunner } from './step-runner.ts';
import { World } from './world.ts';

/** Simulated time between two looks at the outside world: progress, cancelling. */
const SLICE_NS = 1_000_000_000;
/** Frames still on their way when the last step has ended may arrive within this time. */
const SETTLE_NS = 1_000_000;

/** Runs a scenario to its end: machines, Docker, captures, steps; then writes what is left to write. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const seed = options.seed ?? scenario.seed;
  const world = new World(seed, options.tracer ?? null);
  world.drivers = await loadDrivers(scenario, options.allowCode ?? false);
  let transcript = '';
  const write = (text: string) => {
    transcript += text;
    options.onTranscript?.(text);
  };
  buildHosts(world, scenario);
  buildLinks(world, scenario);
  addRoutes(world, scenario);
  const comment = `scenario ${scenario.name}, seed ${seed}`;
  const captures = new CaptureManager(options.output, comment, (point) => findDevice(world, point));
  const steps = new StepRunner(world, scenario, captures, write, options.onStepEnd);
  bringUp(world, scenario, captures);
  const endNs = Math.min(options.untilNs ?? Infinity, scenario.durationNs ?? Infinity);
  steps.start();
  await runToEnd(world, steps, scenario.steps.length, endNs, options);
  captures.stop();
  steps.finish();
  options.atEnd?.(world);
  const notes = notesOf(world);
  const summary = { ...summarise(scenario, world, steps, captures, seed), notes };
  options.output?.writeText('transcript.txt', transcript);
  options.output?.writeText('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  options.output?.writeText('metrics.csv', metrics(world));
  const keys = espSaLines([...world.hosts.values()]);
  if (keys.length > 0) options.output?.writeText('esp_sa', `${keys.join('\n')}\n`);
  return { transcript, summary, notes, failed: steps.failed, exitCode: steps.failed.length === 0 ? 0 : 1 };
}

async function runToEnd(
  world: World,
  steps: StepRunner,
  total: number,
  endNs: number,
  options: RunOptions,
): Promise<void> {
  const sim = world.sim;
  while (!steps.finished && sim.nowNs < endNs) {
    const next = sim.nextEventNs();
    if (next === Infinity) break;
    sim.run(Math.min(endNs, Math.max(next, sim.nowNs) + SLICE_NS));
    options.onProgress?.({ nowNs: sim.nowNs, stepsDone: steps.done, stepsTotal: total });
    if (options.isCancelled === undefined) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (options.isCancelled()) return;
  }
  if (steps.finished) sim.run(Math.min(endNs, sim.nowNs + SETTLE_NS));
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
