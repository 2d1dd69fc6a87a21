import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { MemoryFolder } from './memory-folder.ts';
import { hosts, run, swarm } from './run-swarm.ts';

const ENCRYPTED = ', driver_opts: { encrypted: "" }';

test('three associations in and one out with each node, one policy, three rules; gone with the last container', async () => {
  const count =
    'ip xfrm state | grep -c spi; ip xfrm policy | grep -c priority; iptables-save | grep -c 4789';
  const { outputs } = await run(swarm(3, ENCRYPTED), [
    'wait 2s',
    'on1$ ping -c 1 -W 1 on3',
    `host1$ ${count}`,
    'host1$ docker rm -f on1 > /dev/null',
    `host1$ ${count}; true`,
  ]);
  expect(outputs[0]).toContain('1 packets received');
  expect(outputs[1]!.split('\n')).toEqual(['8', '2', '3']);
  expect(outputs[3]!.split('\n')).toEqual(['0', '0', '0']);
});

test('the rules are there before a second node is: clear packets never pass, also on a network with one node', async () => {
  const { outputs } = await run(`${hosts(2)}swarm: { managers: [host1], workers: [host2] }\n`, [
    'host1$ docker network create -d overlay --attachable --opt encrypted sec > /dev/null; iptables-save | grep -c 4789',
    'host1$ docker run -d --name only --network sec alpine sleep 1d > /dev/null; iptables-save | grep -c 4789; ip xfrm state | grep -c spi',
    'host2$ iptables-save | grep -c 4789; true',
  ]);
  expect(outputs).toEqual(['0', '3\n0', '0']);
});

test.each([
  ['24.0', 3],
  ['25.0', 2],
])('%s: %d rules, for the firewall of 25 and later is left to accept by itself', async (release, count) => {
  const { outputs } = await run(`engine: "${release}"\n${swarm(2, ENCRYPTED)}`, [
    'wait 2s',
    'on1$ ping -c 1 -W 1 on2',
    'host1$ iptables-save | grep -c 4789; iptables -S INPUT | grep -c ACCEPT',
  ]);
  expect(outputs[0]).toContain('1 packets received');
  // The policy of the chain is one more.
  expect(outputs[1]!.split('\n')).toEqual([String(count), String(count - 1)]);
});

test('nothing of the network is on the wire in clear, and what is forged in clear gets in without the rule alone', async () => {
  const path = new URL('../../scenarios/library/forged-vxlan.yaml', import.meta.url);
  const files = new MemoryFolder();
  const scenario = loadScenario(readFileSync(path, 'utf8'), { file: 'forged-vxlan.yaml' });
  const { failed, transcript } = await runScenario(scenario, { output: files });
  expect(failed).toEqual([]);
  const count = (name: string) => readCapture(files.bytes(`captures/${name}`)).packets.length;
  expect(count('clear.pcapng')).toBe(0);
  expect(count('closed.pcap')).toBe(6);
  // All four datagrams reached the host, and two of them the container.
  expect(count('forged.pcap')).toBeGreaterThanOrEqual(4);
  expect(transcript.match(/^(first|second|third|fourth)$/gm)).toEqual(['second', 'third', 'third']);
});

// That keys rotate every twelve hours, and traffic goes on: scenarios/library/key-rotation.yaml.
