import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { loadScenario, openLab, type Lab } from '../../scenarios/index.ts';
import { openDefault, typeAll } from './open-default.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openDefault();
  await typeAll(lab, [
    'docker network create net1',
    'docker run -d --name web --network net1 nginx',
    'docker run -d --name worker --network net1 alpine sleep 1d',
    'docker create --name waiting alpine',
    'ip netns add red',
  ]);
});

/** The whole lines that Tab makes of one. */
function complete(line: string, at = lab): string[] {
  const { start, candidates } = at.complete(line);
  return candidates.map((candidate) => line.slice(0, start) + candidate);
}

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['iptables-s', ['iptables-save']],
  ['capt', ['capture']],
  ['echo a | iptables-r', ['echo a | iptables-restore']],
  ['docker net', ['docker network']],
  ['docker att', ['docker attach']],
  ['docker network con', ['docker network connect']],
  ['docker network connect n', ['docker network connect net1', 'docker network connect none']],
  ['docker network connect net1 we', ['docker network connect net1 web']],
  ['docker network connect --al', ['docker network connect --alias']],
  ['docker network create -d over', ['docker network create -d overlay']],
  ['docker rm -f w', ['docker rm -f waiting', 'docker rm -f web', 'docker rm -f worker']],
  ['docker rm -f web w', ['docker rm -f web waiting', 'docker rm -f web worker']],
  ['docker run -dit --network ne', ['docker run -dit --network net1']],
  ['docker run --network net1 nginx:', ['docker run --network net1 nginx:alpine']],
  ['docker run -it alpine udpe', ['docker run -it alpine udpecho.py']],
  ['docker exec -it work', ['docker exec -it worker']],
  ['docker exec worker ip addr show dev e', ['docker exec worker ip addr show dev eth0']],
  ['docker inspect ne', ['docker inspect net1']],
  ['docker compose -f /etc/hostn', ['docker compose -f /etc/hostname']],
  ['on we', ['on web']],
  ['on web ip link show e', ['on web ip link show eth0']],
  ['web$ ping wo', ['web$ ping worker']],
  ['kill w', ['kill web', 'kill worker']],
  ['host h', ['host host1']],
  ['host host1 d', ['host host1 down']],
  ['capture start x on web/', ['capture start x on web/eth0', 'capture start x on web/lo']],
  ['ip ro', ['ip route']],
  ['ip netns exec r', ['ip netns exec red']],
  ['tcpdump -i dock', ['tcpdump -i docker0']],
  ['cat /etc/hostn', ['cat /etc/hostname']],
  ['docker nonsense x', []],
  ['docker service rm ', []],
];

test.each(CASES)('%s', (line, expected) => {
  expect(complete(line)).toEqual(expected);
});

test('in the shell of a container it is the files there, and no docker daemon', async () => {
  const inside = await openDefault();
  await typeAll(inside, ['docker run -d --name c1 alpine sleep 1d', 'docker exec -it c1 sh', 'cd /etc']);
  expect(complete('cat resolv', inside)).toEqual(['cat resolv.conf']);
  expect(complete('docker rm c', inside)).toEqual([]);
});

test('links, and machines of the file, by name', async () => {
  const file = new URL('../../scenarios/two-hosts.yaml', import.meta.url).pathname;
  const scenario = loadScenario(readFileSync(file, 'utf8'), { file });
  const { lab: twoHosts } = await openLab(scenario);
  expect(complete('link ', twoHosts)).toEqual(
    Object.keys(scenario.links)
      .sort()
      .map((name) => `link ${name}`),
  );
  const hosts = Object.keys(scenario.hosts);
  expect(complete('on ', twoHosts)).toEqual(expect.arrayContaining(hosts.map((name) => `on ${name}`)));
});
