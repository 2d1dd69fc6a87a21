import { expect, test } from 'vitest';
import { run, swarm } from './run-swarm.ts';

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

test('keys rotate every twelve hours and traffic goes on', async () => {
  const states = "ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort";
  const { outputs } = await run(swarm(2, ENCRYPTED), [
    'wait 2s',
    `host1$ ${states}`,
    'wait 12h',
    `host1$ ${states}; true`,
    'on1$ ping -c 1 -W 1 on2',
  ]);
  const before = outputs[0]!.split('\n');
  const after = outputs[1]!.split('\n');
  expect(before.length).toBe(4);
  expect(after.length).toBe(4);
  // One in and the one out are others; two that are received with stay.
  expect(after.filter((spi) => before.includes(spi)).length).toBe(2);
  expect(outputs[2]).toContain('1 packets received');
}, 120_000);
