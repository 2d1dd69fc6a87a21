import { describe, expect, test } from 'vitest';
import type { OutputFolder } from '../../scenarios/run/run-options.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { answerText } from '../../scenarios/why/answer-text.ts';
import { DropTally } from '../../scenarios/why/drop-tally.ts';
import { LifeRecorder } from '../../scenarios/why/life-recorder.ts';
import type { DropOverview } from '../../scenarios/why/life.ts';
import { kindText } from '../../scenarios/why/packet-text.ts';
import { parseRunRecord, RunRecordError, scenarioOfRecord } from '../../scenarios/why/read-run-record.ts';
import { whyScenario } from '../../scenarios/why/why-scenario.ts';
import { oneHost } from './lab.ts';

const LAB = oneHost(`
networks: { inner: { internal: true } }
services:
  c1: { image: alpine, command: sleep 1d, network_mode: bridge }
  i1: { image: alpine, command: sleep 1d, networks: [inner] }
captures: [{ on: c1/eth0, file: c1.pcap }, { on: [host1/eth0, outside/eth0], file: lan.pcapng }]
steps:
  - i1$ ping -c 2 -W 1 192.168.99.1
  - c1$ ping -c 1 -s 3000 192.168.99.1
  - host1$ iptables -I DOCKER-USER -p udp --dport 53 -j REJECT
  - c1$ nslookup example.org 192.168.99.1
`);

const scenarioOf = (text: string) => loadScenario(text, { file: 'lab.yaml' });

async function overviewOf(text: string): Promise<DropOverview> {
  const answer = await whyScenario(scenarioOf(text), { kind: 'overview' });
  if (answer.kind !== 'overview') throw new Error('an overview was asked for');
  return answer;
}

/** Everything that a run writes, by name. */
class MemoryFolder implements OutputFolder {
  readonly files = new Map<string, Uint8Array[]>();

  open(name: string) {
    const parts: Uint8Array[] = [];
    this.files.set(name, parts);
    return { write: (bytes: Uint8Array) => void parts.push(bytes.slice()), close: () => undefined };
  }

  writeText(name: string, text: string): void {
    this.files.set(name, [Buffer.from(text)]);
  }

  get contents(): Record<string, string> {
    return Object.fromEntries(
      [...this.files].map(([name, parts]) => [name, Buffer.concat(parts).toString('base64')]),
    );
  }
}

describe('what was dropped', () => {
  test('by reason, place, rule and kind of packet; drops of every day apart', async () => {
    const { groups, dropped } = await overviewOf(LAB);
    const [ping, lookup] = groups;
    expect(ping).toMatchObject({
      count: 2,
      reason: 'NETFILTER_DROP',
      host: 'host1',
      packets: 'IP 172.18.0.2 > 192.168.99.1: ICMP echo request',
      rule: { chain: 'DOCKER-ISOLATION-STAGE-1', hook: 'FORWARD' },
      isRoutine: false,
    });
    expect(ping!.lastNs - ping!.firstNs).toBe(1e9);
    expect(lookup).toMatchObject({ rule: { chain: 'DOCKER-USER', number: 1 }, reason: 'NETFILTER_DROP' });
    expect(lookup!.packets).toBe('IP 172.17.0.2.* > 192.168.99.1.53: A? example.org. (29)');
    const firstRoutine = groups.findIndex(({ isRoutine }) => isRoutine);
    expect(groups.slice(firstRoutine).every(({ isRoutine }) => isRoutine)).toBe(true);
    expect(groups.slice(firstRoutine).map(({ reason }) => reason)).toContain('IPV6DISABLED');
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(dropped);
  });

  test('agrees with the counts of summary.json', async () => {
    const { groups } = await overviewOf(LAB);
    const { summary } = await runScenario(scenarioOf(LAB), {});
    const counted: Record<string, Record<string, number>> = { host1: {}, outside: {} };
    for (const { host, reason, count } of groups)
      counted[host]![reason] = (counted[host]![reason] ?? 0) + count;
    expect(counted).toEqual(summary['drops']);
  });

  test('as text: where, why, and how to ask for one', async () => {
    const answer = await overviewOf(LAB);
    const text = answerText(answer, { run: 'out/lab', all: false });
    expect(text).toMatch(/^out\/lab: \d+ packets and copies, \d+ dropped\n\n2 × IP 172\.18\.0\.2 > 192/);
    expect(text).toMatch(
      /\n {4}host1, br-\w+ \(network inner\): NETFILTER_DROP by filter FORWARD: DOCKER-ISOLATION-STAGE-1 rule \d \(/,
    );
    expect(text).toContain(`dockwire why out/lab --packet ${answer.groups[0]!.first.packet}\n`);
    expect(text).toMatch(/Not counted: \d+ that nobody wanted/);
    expect(text).not.toContain('igmp v3 report');
    expect(answerText(answer, { run: 'out/lab', all: true })).toContain('igmp v3 report');
  });

  test('packets of a kind are told by what is the same in them', () => {
    expect(kindText('IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 17, length 0')).toBe(
      'IP 10.0.0.1.* > 10.0.0.2.80: Flags [S]',
    );
    expect(kindText('IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [.], ack 9, length 0')).toBe(
      'IP 10.0.0.2.80 > 10.0.0.1.*: Flags [.]',
    );
    expect(kindText('IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64')).toBe(
      'IP 10.0.0.1 > 10.0.0.2: ICMP echo request',
    );
  });
});

describe('a run with somebody who listens', () => {
  test('is the same to the byte', async () => {
    const filesWith = async (tracer?: DropTally | LifeRecorder) => {
      const output = new MemoryFolder();
      await runScenario(scenarioOf(LAB), { output, ...(tracer === undefined ? {} : { tracer }) });
      return output.contents;
    };
    const plain = await filesWith();
    expect(Object.keys(plain)).toEqual(
      expect.arrayContaining(['captures/c1.pcap', 'captures/lan.pcapng', 'transcript.txt', 'run.json']),
    );
    expect(await filesWith(new DropTally())).toEqual(plain);
    const everything = new LifeRecorder(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(await filesWith(everything)).toEqual(plain);
    expect(everything.finished().length).toBeGreaterThan(10);
  });

  test('can be had again from its record: with file, cost profile, seed, settings and variables', async () => {
    const profile = "name: mine\nstages: { route: { packet_ns: 900, source: 'a test' } }\n";
    const text = `cost: mine.yaml\n${LAB.trim()}\n  - host1$ ip route\n`
      .replace(
        'inner: { internal: true }',
        "inner: { ipam: { config: [{ subnet: '${NET:-10.1.0.0/24}' }] } }",
      )
      .replace('delay: 1ms', 'delay: 1ms, loss: 0.2');
    const output = new MemoryFolder();
    const scenario = loadScenario(text, {
      file: 'lab.yaml',
      set: ['links.lan.delay=7ms'],
      variables: { NET: '10.2.0.0/24' },
      readFile: () => profile,
    });
    const first = await runScenario(scenario, { output, seed: 77, untilNs: 60e9 });
    expect(first.transcript).toContain('10.2.0.0/24 dev br-');
    const record = parseRunRecord(Buffer.concat(output.files.get('run.json')!).toString());
    expect(record).toMatchObject({ seed: 77, untilNs: 60e9, files: { 'mine.yaml': profile } });
    const again = await runScenario(scenarioOfRecord(record), {
      seed: record.seed,
      untilNs: record.untilNs!,
    });
    expect(again.summary).toEqual(first.summary);
    expect(again.transcript).toBe(first.transcript);
  });

  test('no record, or none that is understood, is told as such', () => {
    for (const text of ['', '{', '[]', '{"schemaVersion":2}', '{"schemaVersion":1,"file":"a"}']) {
      expect(() => parseRunRecord(text)).toThrow(RunRecordError);
    }
  });
});
