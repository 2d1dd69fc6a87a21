import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareCaptures,
  describeDifferences,
  replay,
  type CaptureComparison,
  type GoldenRun,
} from './golden.ts';
import { compareIpv6, ipv6Extra, ipv6WithoutTwin } from './ipv6.ts';

/** Steps of the scenario that the recording's transcript does not show. */
const UNRECORDED = [
  /^host1\$ ping -c 1 192\.168\.99\.1$/,
  /^host1\$ docker rm -f /,
  /^outside\$ ip link add /,
];

describe('recording 06-macvlan', () => {
  let run: GoldenRun;
  let captures: CaptureComparison[];

  beforeAll(async () => {
    run = await replay('06-macvlan');
    captures = compareCaptures('06-macvlan', run);
  }, 120_000);
  afterAll(() => run?.dispose());

  test('every IPv4 and ARP packet of the recording is there, in its order, and no other', () => {
    expect(describeDifferences(captures)).toBe('');
    expect(captures).toHaveLength(32);
    const inOrder = captures.filter(
      (capture) => capture.inOrder === Math.max(capture.reference, capture.trace),
    );
    expect(inOrder.map(({ name }) => name)).toEqual(captures.map(({ name }) => name));
  });

  test('every IPv6 packet of the recording has its twin, but for those caused before the capture', () => {
    const ipv6 = compareIpv6('06-macvlan', run);
    expect(ipv6.flatMap(({ recorded }) => recorded)).toHaveLength(9);
    const [missing, allowed] = ipv6WithoutTwin('06-macvlan', ipv6);
    expect(missing).toEqual(allowed);
    expect(ipv6Extra(ipv6)).toEqual([]);
  });

  test('every command printed what it printed then', () => {
    const recorded = readFileSync(new URL('06-macvlan/recorded/transcript.txt', import.meta.url), 'utf8');
    expect(masked(runOutput(run.result.transcript))).toEqual(masked(asCard(recordedOutput(recorded))));
  });
});

/** The output of the recorded commands, without the commands. */
function recordedOutput(text: string): string {
  return text
    .replace(/^(\[\d\d:\d\d:\d\d\.\d+\] host1# .*|\[rc=\d+\]|#.*)\n/gm, '')
    .replace(/^\n(?=\n|\S)/gm, '');
}

/** The output of a run's commands, without the commands and those the recording leaves out. */
function runOutput(text: string): string {
  let shows = true;
  const lines = text.split('\n').filter((line) => {
    if (!/^(host1|outside)\$ /.test(line)) return shows;
    shows = !UNRECORDED.some((pattern) => pattern.test(line));
    return false;
  });
  return lines.join('\n');
}

/** The recording's eth0 is one end of a veth pair with `outside`; the run's is a network card. */
function asCard(text: string): string {
  return text
    .replaceAll('eth0@if2', 'eth0')
    .replaceAll(' link-netns outside', '')
    .replace(
      / \n {4}veth addrgenmode eui64 numtxqueues 2 numrxqueues 2/g,
      ' addrgenmode eui64 numtxqueues 1 numrxqueues 1',
    )
    .replace(/^eth0 {9}(?=\S)/gm, 'eth0             ');
}

/** What chance, the clock or the rest of the machine decides is masked; neighbours are sorted. */
function masked(text: string): string[] {
  const lines = sortContainers(text)
    .replace(/^\d+: (docker0|dummy0): .*\n(?: {4}.*\n)+/gm, '')
    .replace(/^(docker0|dummy0) .*\n/gm, '')
    .replace(/^(192\.168\.99\.77 .*|default|[0-9a-f]{12}|172\.17\.0\.0\/16 .*)\n/gm, '')
    .replace(/^\d+: /gm, 'N: ')
    .replace(/@if\d+/g, '@ifN')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/"Created": "[^"]*"/g, '"Created": TIME')
    .replace(/time=[\d.]+ ms/g, 'time=T')
    .replace(/time \d+ms/g, 'time T')
    .replace(/(min\/avg\/max(?:\/mdev)?) = .*/g, '$1 = T')
    .replace(/\b(REACHABLE|STALE|DELAY|PROBE)\b/g, 'VALID')
    .replace(/\b(FAILED|INCOMPLETE)\b/g, 'UNRESOLVED')
    .replace(
      /\b(?!02:42:c0:a8|02:00:c0:a8|00:00:00:00:00:00|ff:ff:ff:ff:ff:ff)[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g,
      'MAC',
    )
    .split('\n')
    .filter((line) => line !== '');
  return sortNeighbours(lines);
}

/** `docker network inspect` lists containers by their ids, which are random. */
function sortContainers(text: string): string {
  return text.replace(
    /("Containers": \{\n)([^]*?)(\n {8}\},)/g,
    (_all, start: string, list: string, end: string) => {
      const entries = list
        .split(/(?<=^ {12}\}),\n/m)
        .map((entry) => entry.replace(/^ {12}"[0-9a-f]{64}"/, '            "ID"'));
      return start + entries.sort((a, b) => nameIn(a).localeCompare(nameIn(b))).join(',\n') + end;
    },
  );
}

function nameIn(entry: string): string {
  return /"Name": "(.*)"/.exec(entry)?.[1] ?? '';
}

/** The kernel lists neighbours in no order. */
function sortNeighbours(lines: readonly string[]): string[] {
  const out: string[] = [];
  let block: string[] = [];
  for (const line of [...lines, '']) {
    if (/^\S+ dev \S+ (lladdr .*|UNRESOLVED) ?/.test(line)) {
      block.push(line);
      continue;
    }
    out.push(...block.sort());
    block = [];
    if (line !== '') out.push(line);
  }
  return out;
}
