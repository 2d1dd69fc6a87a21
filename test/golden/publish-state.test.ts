import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replay, type GoldenRun } from './golden.ts';
import { counted, countersOf } from './rule-counters.ts';

/** docker0 had come up, and reported its groups, more than 600 s before. */
const OF_ITS_START = /src=172\.17\.0\.1 dst=224\.0\.0\.22/;

interface Replay {
  name: string;
  file?: string;
  transcript: string;
  /** Lists of connections, of how many entries; and how far their seconds may be apart: one exchange took 0.4 s. */
  connections: number[];
  toleranceS: number;
  /** There is a dump of the machine after the last step. */
  hasDump: boolean;
}

const REPLAYS: Replay[] = [
  {
    name: '04-publish-proxyon',
    transcript: 'transcript-proxyon.txt',
    connections: [2, 21],
    toleranceS: 1,
    hasDump: true,
  },
  {
    name: '04-publish-proxyoff',
    transcript: 'transcript-proxyoff.txt',
    connections: [2, 12],
    toleranceS: 0,
    hasDump: true,
  },
  {
    name: '04-publish-proxyoff',
    file: 'scenario-nopromisc.yaml',
    transcript: 'transcript-nopromisc.txt',
    connections: [3],
    toleranceS: 0,
    hasDump: false,
  },
];

function recordedText(name: string, file: string): string {
  return readFileSync(join(import.meta.dirname, name, 'recorded', file), 'utf8');
}

/** What the commands with these words printed, in order. */
function outputsOf(transcript: string, words: string): string[] {
  return transcript
    .split(/\n(?=\[[\d:.]+\] host\d# |\w+\$ )/)
    .filter((block) => block.trimStart().split('\n')[0]!.includes(words));
}

interface Connection {
  text: string;
  seconds: number;
}

/** The entries of a list: their seconds apart, ports that a kernel chose replaced, in one order. */
function connectionsOf(output: string): Connection[] {
  return output
    .split('\n')
    .filter((line) => /^(tcp|udp|icmp|unknown) /.test(line) && !OF_ITS_START.test(line))
    .map((line) => {
      const [, head, seconds, rest] = /^(\S+ +\d+) (\d+) (.*?) *$/.exec(line)!;
      // The recorder's own ports are 45000 to 45003.
      const text = `${head} ${rest!.replace(/port=(?!4500[0-3]\b)(3[2-9]|[4-6]\d)\d{3}\b/g, 'port=<port>')}`;
      return { text, seconds: Number(seconds) };
    })
    .sort((a, b) => (a.text === b.text ? a.seconds - b.seconds : a.text < b.text ? -1 : 1));
}

describe.each(REPLAYS)(
  'state of $name $file',
  ({ name, file, transcript, connections, toleranceS, hasDump }) => {
    let run: GoldenRun;

    beforeAll(async () => {
      run = await replay(name, file);
    });
    afterAll(() => run?.dispose());

    test('connections, with the time each has left', () => {
      const recorded = outputsOf(recordedText(name, transcript), 'conntrack -L').map(connectionsOf);
      const replayed = outputsOf(run.result.transcript, 'conntrack -L').map(connectionsOf);
      expect(recorded.map(({ length }) => length)).toEqual(connections);
      const texts = (lists: Connection[][]) => lists.map((list) => list.map(({ text }) => text));
      expect(texts(replayed)).toEqual(texts(recorded));
      const late = replayed.flatMap((list, i) =>
        list.filter(({ seconds }, k) => Math.abs(seconds - recorded[i]![k]!.seconds) > toleranceS),
      );
      expect(late).toEqual([]);
    });

    test.runIf(hasDump)('rules, in their order, with the packets and bytes they saw', () => {
      const before = 'iptables-save -c';
      const dump = recordedText(name, 'state-after.txt').split('--- ');
      const recorded = counted(
        countersOf(outputsOf(recordedText(name, transcript), before)[0]!),
        countersOf(dump.find((section) => section.startsWith(before))!),
      );
      const saved = outputsOf(run.result.transcript, before);
      const replayed = counted(countersOf(saved[0]!), countersOf(saved.at(-1)!));
      expect(recorded.length).toBeGreaterThanOrEqual(50);
      expect(replayed).toEqual(recorded);
    });
  },
);
