import { espSaLines } from '../../core/xfrm/esp-sa-lines.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import type { Scenario } from '../load/scenario.ts';
import { bringUp } from './bring-up.ts';
import { addRoutes, buildHosts } from './build-hosts.ts';
import { buildLinks } from './build-links.ts';
import { CaptureManager } from './capture-manager.ts';
import { loadDrivers } from './load-drivers.ts';
import { findDevice } from './nodes.ts';
import type { OutputFolder, RunOptions } from './run-options.ts';
import { World } from './world.ts';

/** Frames still on their way when the last command has ended may arrive within this time. */
const SETTLE_NS = 1_000_000;

export interface OpenOptions {
  readonly output?: OutputFolder | undefined;
  readonly seed: number;
  readonly allowCode?: boolean | undefined;
  readonly tracer?: Tracer | undefined;
  readonly onCaptured?: RunOptions['onCaptured'];
}

/** A scenario's machines and what captures their packets. */
export interface OpenWorld {
  readonly world: World;
  readonly captures: CaptureManager;
  /** Booted machines, captures, networks and services: called once, before the first command. */
  bringUp(): void;
}

/** Builds the machines and links of a scenario. Throws a DriverModuleError for a driver that cannot be loaded. */
export async function openWorld(scenario: Scenario, options: OpenOptions): Promise<OpenWorld> {
  const world = new World(options.seed, options.tracer ?? null);
  world.drivers = await loadDrivers(scenario, options.allowCode ?? false);
  buildHosts(world, scenario);
  buildLinks(world, scenario);
  addRoutes(world, scenario);
  const comment = `scenario ${scenario.name}, seed ${options.seed}`;
  const captures = new CaptureManager(
    options.output,
    comment,
    (point) => findDevice(world, point),
    options.onCaptured,
  );
  return { world, captures, bringUp: () => bringUp(world, scenario, captures) };
}

/** Lets what is on its way arrive, not later than `endNs`. */
export function settle(world: World, endNs = Infinity): void {
  world.sim.run(Math.min(endNs, world.sim.nowNs + SETTLE_NS));
}

/** The keys with which Wireshark opens the ESP packets of the captures; no file when there were none. */
export function writeKeys(world: World, output: OutputFolder | undefined): void {
  const keys = espSaLines([...world.hosts.values()]);
  if (keys.length > 0) output?.writeText('esp_sa', `${keys.join('\n')}\n`);
}
