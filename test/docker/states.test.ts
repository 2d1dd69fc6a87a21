import { describe, expect, test } from 'vitest';
import type { DockerLab } from './docker-lab.ts';
import { REPLAYS, runReplay } from './replays.ts';
import { dumpTimeNs, maskDrawn, readDump } from './state-dump.ts';
import { Normaliser, sortLines } from './transcript.ts';

interface StateDump {
  name: string;
  which: string;
  /** The command of the transcript that came after the dump; none when it was made at the end. */
  until?: RegExp;
  /** Run right before the dump. */
  before?: readonly string[];
}

const DUMPS: readonly StateDump[] = [
  { name: '01-bridge-default', which: 'before', until: /^docker run -d --name c1 / },
  { name: '01-bridge-default', which: 'running', until: /^docker exec c1 ping -c 2 172\.17\.0\.3$/ },
  { name: '01-bridge-default', which: 'after', until: /^docker stop -t 0 c2$/ },
  { name: '02-bridge-user', which: 'running', until: /^docker exec a1 ping -c 2 a2$/ },
  // It was broken off before the last container.
  { name: '02-bridge-user', which: 'after' },
  // The one command that the transcript's test leaves out, for its connection.
  { name: '03-nat-out', which: 'after', before: ['docker exec c1 tcpsend.py 198.51.100.2 9001 z'] },
  { name: '04-publish-proxyon', which: 'after' },
  { name: '04-publish-proxyoff', which: 'after' },
  { name: '05-modes', which: 'after' },
];

/** What is compared. The order of `anyOrder` is that of a hash table or of drawn ids. */
const COMPARED: readonly { command: RegExp; run: string; anyOrder: boolean }[] = [
  { command: /^ip -d addr$/, run: 'ip -d addr', anyOrder: false },
  { command: /^ip route show table all( \| grep .*)?$/, run: 'ip route show table all', anyOrder: true },
  { command: /^ip rule$/, run: 'ip rule', anyOrder: false },
  { command: /^bridge fdb$/, run: 'bridge fdb', anyOrder: true },
  { command: /^bridge -d link$/, run: 'bridge -d link', anyOrder: false },
  { command: /^iptables-save -c$/, run: 'iptables-save -c', anyOrder: false },
  { command: /^conntrack -L( 2>\/dev\/null)?$/, run: 'conntrack -L 2>/dev/null', anyOrder: true },
  {
    command: /^ls .*docker network ls/,
    run: 'docker network ls; for n in $(docker network ls -q); do docker network inspect $n; done',
    anyOrder: true,
  },
];

/**
 * Lines that are left out: IPv6 routes and groups; netns files that `ls` lists before the networks; the gateway of docker0's
 * network, which a daemon that finds docker0 there on its start knows; docker0's report of its groups, made 600 s before the
 * recordings and more.
 */
function comparable(text: string): string {
  const networks = text.indexOf('NETWORK ID');
  return text
    .slice(Math.max(0, networks))
    .replace(/,\n +"Gateway": "172\.17\.0\.1"/g, '')
    .replace(/^unknown +2 \d+ src=172\.17\.0\.1 dst=224\.0\.0\.22 .*\n/gm, '')
    .replace(/^.*( pref medium|33:33:ff:).*\n/gm, '');
}

/** Runs a command where it was run: on the machine or in a container's namespace. */
function runThere(lab: DockerLab, where: string, command: string): string {
  if (where === 'host1') return lab.run(command).text;
  return lab.run(`nsenter -t $(docker inspect -f '{{.State.Pid}}' ${where}) -n ${command}`).text;
}

describe.each(DUMPS)('$name, the state $which', ({ name, which, until, before = [] }) => {
  const { lab, startNs } = runReplay(
    REPLAYS.find((replay) => replay.name === name)!,
    until,
  );
  const dump = readDump(name, which);
  const waitFor = (where: string) => {
    const atNs = startNs + (dumpTimeNs(dump, where) ?? 0);
    if (atNs > lab.sim.nowNs) lab.wait((atNs - lab.sim.nowNs) / 1e9);
  };
  for (const line of before) lab.out(line);
  const expected = new Normaliser();
  const actual = new Normaliser();

  const cases = dump.flatMap(({ where, command, text }) => {
    const compared = COMPARED.find((entry) => entry.command.test(command));
    if (compared === undefined) return [];
    waitFor(where);
    const prepare = (side: Normaliser, printed: string) => {
      const masked = side.normalise(maskDrawn(comparable(printed))).trim();
      return compared.anyOrder ? sortLines(masked) : masked;
    };
    return [
      {
        title: `${where}: ${compared.run}`,
        expected: prepare(expected, text),
        actual: prepare(actual, runThere(lab, where, compared.run)),
      },
    ];
  });

  test.each(cases)('$title', (entry) => {
    expect(entry.actual).toBe(entry.expected);
  });
});
