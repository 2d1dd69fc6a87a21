import { describe, expect, test } from 'vitest';
import { counted, countersOf } from '../golden/rule-counters.ts';
import type { DockerLab } from './docker-lab.ts';
import { REPLAYS, runReplay } from './replays.ts';
import { dumpTimeNs, readDump, type Dumped } from './state-dump.ts';
import { readTranscript } from './transcript.ts';

/** Counters of `iptables-save -c` in the recordings, compared as far as the recordings' own packets made them. */

const SAVE = 'iptables-save -c';

interface State {
  lab: DockerLab;
  dump: readonly Dumped[];
  startNs: number;
}

/** A state that was dumped, with a lab that is as far. */
function stateOf(name: string, which: string, until?: RegExp): State {
  const { lab, startNs } = runReplay(
    REPLAYS.find((replay) => replay.name === name)!,
    until,
  );
  return { lab, dump: readDump(name, which), startNs };
}

function recordedIn({ dump }: State, where: string): string {
  return dump.find((dumped) => dumped.where === where && dumped.command === SAVE)!.text;
}

/** What our machine prints at the time of the dump. */
function printedIn({ lab, dump, startNs }: State, where: string): string {
  const atNs = startNs + dumpTimeNs(dump, where)!;
  if (atNs > lab.sim.nowNs) lab.wait((atNs - lab.sim.nowNs) / 1e9);
  if (where === 'host1') return lab.out(SAVE);
  return lab.out(`nsenter -t $(docker inspect -f '{{.State.Pid}}' ${where}) -n ${SAVE}`);
}

/** Ports that were drawn are left out. */
function withoutPorts(text: string): string {
  return text.replace(/127\.0\.0\.11:\d+/g, '127.0.0.11').replace(/--sport \d{4,}/g, '--sport');
}

const FIRST_PING = {
  '01-bridge-default': /^docker exec c1 ping -c 2 172/,
  '02-bridge-user': /^docker exec a1 ping -c 2 a2$/,
};

// The rules of the machine had counted before the recordings began: what they counted from one dump to the next.
describe('what the rules of host1 counted', () => {
  test.each([
    { name: '01-bridge-default' as const, end: /^docker stop -t 0 c2$/, lines: 27, moved: 19 },
    { name: '02-bridge-user' as const, end: undefined, lines: 62, moved: 35 },
  ])('in $name, from the first ping to the end', ({ name, end, lines, moved }) => {
    const running = stateOf(name, 'running', FIRST_PING[name]);
    const after = stateOf(name, 'after', end);
    const between = (text: typeof recordedIn) =>
      counted(countersOf(text(running, 'host1')), countersOf(text(after, 'host1')));
    const recorded = between(recordedIn);
    expect(recorded.length).toBe(lines);
    expect(recorded.filter((line) => !line.startsWith('[0:0]')).length).toBe(moved);
    expect(between(printedIn)).toEqual(recorded);
  });

  // Of filter's rules only the policies: the others count the bytes of ports that NAT drew, which the echo writes out,
  // and one acknowledgement more of a stream on a slow machine.
  test('in 03-nat-out, from the list in the transcript to the end: nat, and the policies', () => {
    const list = /^iptables-save -c; ip -br addr/;
    const { lab } = stateOf('03-nat-out', 'after', list);
    const earlier = readTranscript('03-nat-out').find(({ command }) => list.test(command))!.text;
    const after = stateOf('03-nat-out', 'after');
    // The one connection that the transcript's test leaves out.
    after.lab.out('docker exec c1 tcpsend.py 198.51.100.2 9001 z');
    const between = (from: string, to: string) =>
      counted(countersOf(from), countersOf(to)).filter((line) => /\] \*(nat|filter :)/.test(line));
    const recorded = between(earlier, recordedIn(after, 'host1'));
    expect(recorded.filter((line) => !line.startsWith('[0:0]')).length).toBeGreaterThanOrEqual(8);
    expect(between(lab.out(SAVE), printedIn(after, 'host1'))).toEqual(recorded);
  });
});

// A container's rules begin at nothing.
describe.each([
  { name: '02-bridge-user', containers: ['r11', 'r8', 'r1', 'k2', 'k1', 'i2', 'i1', 'b1', 'a2'] },
  { name: '03-nat-out', containers: ['u1'] },
])('what the rules of containers counted in $name', ({ name, containers }) => {
  const state = stateOf(name, 'after');

  test.each(containers)('%s', (where) => {
    const recorded = countersOf(withoutPorts(recordedIn(state, where)));
    expect(recorded.size).toBeGreaterThanOrEqual(14);
    expect([...countersOf(withoutPorts(printedIn(state, where)))]).toEqual([...recorded]);
  });
});
