import { hosts, run, type SwarmRun } from '../overlay/run-swarm.ts';

/** Hosts that form a swarm, host1 its manager, with two overlays. */
export function swarmOf(count: number): string {
  const workers = Array.from({ length: count - 1 }, (_, i) => `host${i + 2}`).join(', ');
  return `${hosts(count)}swarm: { managers: [host1], workers: [${workers}] }
networks:
  ov: { driver: overlay, attachable: true }
  ov2: { driver: overlay, attachable: true }
`;
}

export async function runSwarm(count: number, steps: readonly string[]): Promise<SwarmRun> {
  return run(swarmOf(count), steps);
}

/** The columns NAME, NODE, DESIRED STATE and the first word of CURRENT STATE of `docker service ps`. */
export function tasks(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /^\w{12} /.test(line))
    .map((line) =>
      line
        .slice(15)
        .trim()
        .split(/\s{2,}/),
    )
    .map(([name, , node, desired, current]) => `${name} ${node} ${desired} ${current!.split(' ')[0]}`);
}

/** The nodes with their tasks that run, as `host1 2`. */
export function spread(output: string): string[] {
  const counts = new Map<string, number>();
  for (const line of tasks(output)) {
    const [, node, , state] = line.replace(/^\\_ /, '').split(' ');
    if (state === 'Running') counts.set(node!, (counts.get(node!) ?? 0) + 1);
  }
  return [...counts].map(([node, count]) => `${node} ${count}`).sort();
}
