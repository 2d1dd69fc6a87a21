import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import type { RunResult } from '../../scenarios/run/run-options.ts';
import { MemoryFolder } from './memory-folder.ts';

/** Two or three hosts on one switch, with Docker. */
export function hosts(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `host${i + 1}`);
  const machines = names.map(
    (name, i) => `  ${name}: { interfaces: { eth0: { address: 192.168.99.${101 + i}/24 } }, docker: {} }`,
  );
  const ends = names.map((name) => `${name}/eth0`).join(', ');
  return `name: swarm\nhosts:\n${machines.join('\n')}\nlinks:\n  lan: { connects: [${ends}], delay: 100us }\n`;
}

/** The hosts as a swarm, host1 its manager, with an attachable overlay `ov` and a container on each host. */
export function swarm(count: number, networkOptions = ''): string {
  const workers = Array.from({ length: count - 1 }, (_, i) => `host${i + 2}`).join(', ');
  const services = Array.from(
    { length: count },
    (_, i) =>
      `  on${i + 1}: { image: alpine, command: sleep 999999, networks: { ov: {} }, x-host: host${i + 1} }`,
  );
  return `${hosts(count)}swarm: { managers: [host1], workers: [${workers}] }
networks:
  ov: { driver: overlay, attachable: true${networkOptions} }
services:
${services.join('\n')}
`;
}

export interface SwarmRun {
  readonly result: RunResult;
  /** What the run wrote. */
  readonly files: MemoryFolder;
  /** What the steps printed, in the order of the steps, each trimmed. */
  readonly outputs: readonly string[];
}

/** Runs steps on a scenario's hosts. */
export async function run(head: string, steps: readonly string[]): Promise<SwarmRun> {
  const lines = steps.map((step) => `  - ${JSON.stringify(step)}`);
  const scenario = loadScenario(`${head}steps:\n${lines.join('\n')}\n`, { file: 'swarm.yaml' });
  const files = new MemoryFolder();
  const result = await runScenario(scenario, { output: files });
  const marks = steps.filter((step) => /^\S+\$ /.test(step));
  const outputs: string[] = [];
  let rest = result.transcript;
  for (const [index, mark] of marks.entries()) {
    const start = rest.indexOf(`${mark}\n`) + mark.length + 1;
    const next = marks[index + 1];
    const end = next === undefined ? rest.length : rest.indexOf(`${next}\n`, start);
    outputs.push(rest.slice(start, end).trim());
    rest = rest.slice(end);
  }
  return { result, files, outputs };
}
