import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import { createEngine } from '../../drivers/engine/engine-registry.ts';
import { runShellLine } from '../../programs/shell/run-shell-line.ts';
import type { Scenario } from '../load/scenario.ts';
import { bootOrRefuse } from './boot-line.ts';
import type { CaptureManager } from './capture-manager.ts';
import { composeUp } from './compose/compose-up.ts';
import { writeComposeFiles } from './compose/write-compose-files.ts';
import { formSwarm } from './form-swarm.ts';
import { hostContext, type World } from './world.ts';

/** Boots the machines: sysctls, Docker daemons, programs; then captures, networks and services of the file. */
export function bringUp(world: World, scenario: Scenario, captures: CaptureManager): void {
  for (const [name, description] of Object.entries(scenario.hosts)) {
    if (description.docker === undefined) continue;
    createEngine(world.host(name), description.docker, {
      release: parseEngineRelease(scenario.engine),
      drivers: world.drivers,
    });
  }
  for (const [name, description] of Object.entries(scenario.hosts)) {
    for (const [key, value] of Object.entries(description.sysctls)) {
      bootOrRefuse(world, scenario, ['hosts', name, 'sysctls', key], name, `sysctl -w ${key}=${value}`);
    }
    for (const line of description.run) boot(world, name, line);
  }
  world.sim.run(world.sim.nowNs);
  if (scenario.swarm !== undefined) formSwarm(world, scenario, scenario.swarm);
  if (scenario.bringUp === 'before-steps') composeUp(world, scenario);
  else writeComposeFiles(world, scenario);
  for (const capture of scenario.captures) captures.start(capture);
}

/** Starts a program of the machine's own; it may run for ever. */
function boot(world: World, name: string, line: string): void {
  const host = world.host(name);
  const streams = { stdin: EMPTY_INPUT, stdout: new TextBuffer(), stderr: new TextBuffer() };
  runShellLine(host, hostContext(host), line, streams);
}
