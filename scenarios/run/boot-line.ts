import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { runShellLine } from '../../programs/shell/run-shell-line.ts';
import { ScenarioError } from '../load/problem.ts';
import type { Scenario } from '../load/scenario.ts';
import type { Path } from '../../programs/compose-file/yaml-source.ts';
import { hostContext, type World } from './world.ts';

/** Starting a container takes no simulated time worth the name; a line that waits longer than this hangs. */
const LONGEST_NS = 600_000_000_000;

/** Runs a line on a host before the first step, until it has ended. */
function bootLine(world: World, hostName: string, line: string): { exitCode: number; output: string } {
  const host = world.host(hostName);
  const output = new TextBuffer();
  let exitCode: number | null = null;
  const onExit = (process: { readonly exitCode: number | null }) => {
    exitCode = process.exitCode ?? 0;
    world.sim.stop();
  };
  const streams = { stdin: EMPTY_INPUT, stdout: output, stderr: output };
  const process = runShellLine(host, hostContext(host), line, streams, { onExit });
  if (exitCode === null) world.sim.run(world.sim.nowNs + LONGEST_NS);
  if (exitCode === null) {
    process.kill(9);
    return { exitCode: 124, output: `${output.text}did not end within ${LONGEST_NS / 1e9} s` };
  }
  return { exitCode, output: output.text };
}

/** The same for a line that must succeed: its output. Throws a ScenarioError at `path` with what it said if not. */
export function bootOrRefuse(
  world: World,
  scenario: Scenario,
  path: Path,
  host: string,
  line: string,
): string {
  const { exitCode, output } = bootLine(world, host, line);
  if (exitCode === 0) return output;
  const said = output.trim().replaceAll('\n', '; ');
  throw new ScenarioError([scenario.source.problem(path, `${host}$ ${line}: ${said}`, undefined, 'key')]);
}
