import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import type { Scenario } from '../../scenarios/load/scenario.ts';
import type { RunStep } from '../../scenarios/load/step.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { dumpTimeNs, maskDrawn, readDump, type Dumped } from '../docker/state-dump.ts';
import { Normaliser, sortLines } from '../docker/transcript.ts';
import { MemoryFolder } from '../overlay/memory-folder.ts';

/** Machines, containers and Docker's own namespaces, in the state that the recordings of real networks and swarms dumped. */

interface State {
  name: string;
  /** state-WHICH.txt, or state-WHICH-HOST.txt where there are two machines. */
  which: string;
  hosts: string[];
  /** The recording's clock when the scenario begins. */
  startsAt: string;
  /** The places that are compared; all by default. */
  only?: RegExp;
  /** How many outputs there are to compare. */
  count: number;
}

const BOTH = ['host1', 'host2'];

const STATES: State[] = [
  { name: '06-macvlan', which: 'bridge', hosts: ['host1'], startsAt: '08:14:41', count: 27 },
  { name: '06-macvlan', which: 'ipvlan-l2', hosts: ['host1'], startsAt: '08:14:41', count: 27 },
  { name: '06-macvlan', which: 'ipvlan-l3', hosts: ['host1'], startsAt: '08:14:41', count: 27 },
  { name: '07-overlay', which: 'before', hosts: BOTH, startsAt: '07:40:00', count: 126 },
  { name: '07-overlay', which: 'after', hosts: BOTH, startsAt: '07:40:00', count: 126 },
  // What ran beside is not in the scenario: elsewhere it has taken addresses and marks.
  {
    name: '08-overlay-encrypted',
    which: 'after',
    hosts: BOTH,
    startsAt: '08:10:00',
    only: /:ovsec$/,
    count: 18,
  },
  { name: '09-service-vip', which: 'after-vip', hosts: BOTH, startsAt: '07:53:40', count: 153 },
  { name: '10-ingress', which: 'remote', hosts: BOTH, startsAt: '07:53:40', count: 153 },
];

/** What is compared; the order of `anyOrder` is that of a hash. */
const COMPARED: Readonly<Record<string, { anyOrder: boolean }>> = {
  'ip -d addr': { anyOrder: false },
  'ip route show table all': { anyOrder: true },
  'ip rule': { anyOrder: false },
  'bridge fdb': { anyOrder: true },
  'bridge -d link': { anyOrder: true },
  'iptables-save -c': { anyOrder: false },
  'conntrack -L': { anyOrder: true },
  'ip xfrm state': { anyOrder: false },
  'ip xfrm policy': { anyOrder: false },
};

/** A dumped output with the place and the time where a step finds the same. */
interface Wanted extends Dumped {
  place: string;
  atNs: number;
}

/** The networks of a dump by the beginnings of their ids. */
function networksOf(dump: readonly Dumped[]): Map<string, string> {
  const listed = dump.find(({ command }) => command.startsWith('ls '))!.text;
  return new Map([...listed.matchAll(/^([0-9a-z]{12}) {3}(\S+) /gm)].map(([, id, name]) => [id!, name!]));
}

/** Where a scenario's step finds what a dump calls `svc.2.TASK`, `keeper.NODE.TASK`, `dockerns lb_NETWORK` and the like. */
function placeOf(where: string, host: string, networks: Map<string, string>): string {
  const task = /^(\w+)\.(\w+)\.\w{25}$/.exec(where);
  if (task !== null) return `${task[1]}.${task[2]!.length === 25 ? host : task[2]}`;
  const namespace = /^dockerns (\S+)$/.exec(where)?.[1];
  if (namespace === undefined) return where;
  const id = /^(?:lb_|\d+-)(.{9})/.exec(namespace)?.[1];
  if (id === undefined) return `${host}:${namespace}`;
  const network = [...networks].find(([known]) => known.startsWith(id))![1];
  return namespace.startsWith('lb_') ? `${host}:lb_${network}` : `${host}:${network}`;
}

function wantedOf({ name, which, hosts, startsAt, only = /./ }: State, host: string): Wanted[] {
  const dump = readDump(name, hosts.length === 1 ? which : `${which}-${host}`);
  const networks = networksOf(dump);
  const [hours, minutes, seconds] = startsAt.split(':').map(Number) as [number, number, number];
  const startNs = ((hours * 60 + minutes) * 60 + seconds) * 1e9;
  let atNs = 0;
  return dump.flatMap((dumped) => {
    // A namespace without rules has no time of its own.
    atNs = Math.max(atNs, (dumpTimeNs(dump, dumped.where) ?? 0) - startNs);
    const place = placeOf(dumped.where, host, networks);
    return Object.hasOwn(COMPARED, dumped.command) && only.test(place) ? [{ ...dumped, place, atNs }] : [];
  });
}

function stepOf({ place, command, atNs }: Wanted): RunStep {
  const [node, netns] = place.split(':');
  return {
    kind: 'run',
    text: `${place}$ ${command}`,
    where: { text: place, node: node!, netns },
    // The quotes keep the mark out of the prompt.
    command: `echo '@@'@; ${command} 2>/dev/null; echo '@@'@`,
    background: false,
    expect: undefined,
    atNs,
    position: { file: 'dump', line: 1, column: 1 },
    path: [],
  };
}

/** Runs the scenario as far as the first dump's time, and takes the dumps. */
async function printedBy({ name }: State, wanted: readonly Wanted[]): Promise<string[]> {
  const path = join(import.meta.dirname, name, 'scenario.yaml');
  const scenario = loadScenario(readFileSync(path, 'utf8'), { file: path });
  const end = scenario.steps.findIndex(({ atNs = 0 }) => atNs > wanted[0]!.atNs);
  const steps = [...scenario.steps.slice(0, end < 0 ? scenario.steps.length : end), ...wanted.map(stepOf)];
  const { transcript } = await runScenario({ ...scenario, steps } as Scenario, {
    output: new MemoryFolder(),
  });
  return transcript.split('@@@\n').filter((_, index) => index % 2 === 1);
}

/**
 * Left out: IPv6 routes and groups; the card of the recorded machines and a dummy there, and how many processors they had;
 * docker0 without containers, which there had had some, and what a daemon without the proxy had left; a table without
 * rules, listed once it was used; connections of the swarm's own traffic or in their last second, and what bridges
 * reported 600 s before the recording. Tasks that start at once on host2 take the gateway bridge's next addresses and
 * ports in either order.
 */
function comparable(command: string, text: string): string {
  const kept = text
    .replace(/^.*( pref medium|33:33:ff:| dev dummy0 | dev eth0 self ).*\n/gm, '')
    .replace(/^# Generated.*\n\*mangle\n(:.*\n)+COMMIT\n# Completed.*\n/gm, '')
    .replace(/^.*(port=(7946|2377|4789) | dst=224\.0\.0\.22 ).*\n/gm, '')
    .replace(/^.* -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE\n/gm, '')
    .replace(/^icmp +1 0 .*\n/gm, '')
    .replace(/num([rt])xqueues \d+/g, 'num$1xqueues <n>')
    .replace(/\b172\.18\.0\.[56]\b/g, '172.18.0.<n>')
    .replace(/\b02:42:ac:12:00:0[56]\b/g, '02:42:ac:12:00:<n>')
    .replace(/port_id 0x800[45] port_no 0x[45] designated_port 3277[23]/g, 'port_id <n>');
  if (command !== 'ip -d addr') return kept;
  const devices = kept.split(/\n(?=\d+: )/);
  const isLeftOut = /^\d+: (dummy0|docker0|eth0(@if\d+)?): .*( fq_codel | qlen 1000|NO-CARRIER|noop)/;
  return devices.filter((device) => !isLeftOut.test(device)).join('\n');
}

for (const state of STATES) {
  const wanted = state.hosts.flatMap((host) => wantedOf(state, host)).sort((a, b) => a.atNs - b.atNs);
  const printed = await printedBy(state, wanted);
  describe(`${state.name}, the state ${state.which}`, () => {
    const expected = new Normaliser();
    const actual = new Normaliser();
    const cases = wanted.map(({ place, command, text }, index) => {
      const prepare = (side: Normaliser, raw: string) => {
        const masked = side.normalise(maskDrawn(comparable(command, raw))).trim();
        return COMPARED[command]!.anyOrder ? sortLines(masked) : masked;
      };
      return {
        title: `${place}: ${command}`,
        expected: prepare(expected, text),
        actual: prepare(actual, printed[index] ?? ''),
      };
    });

    test('was compared as far as it goes', () => {
      expect(printed.length).toBe(state.count);
      expect(wanted.length).toBe(state.count);
    });

    test.each(cases)('$title', (entry) => {
      expect(entry.actual).toBe(entry.expected);
    });
  });
}
