/** The commands of a swarm as a person types them, on three hosts. */
import { expect, test } from 'vitest';
import { hosts, run } from './run-swarm.ts';

const TOKENS = [
  'host2$ nc -l -p 5000 > /tmp/token &',
  'host3$ nc -l -p 5000 > /tmp/token &',
  'host1$ docker swarm join-token -q worker | nc -q 1 192.168.99.102 5000',
  'host1$ docker swarm join-token -q manager | nc -q 1 192.168.99.103 5000',
  'wait 1s',
];
const NODES =
  "host1$ docker node ls --format '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}'";

/** Lines with what is drawn at random taken out. */
const plain = (text: string | undefined) =>
  text!.replace(/SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}/g, 'TOKEN').replace(/\b[0-9a-z]{25}\b/g, 'ID');

test('init, join as worker and as manager, ls, promote, demote, leave, rm', async () => {
  const { outputs } = await run(hosts(3), [
    'host1$ docker swarm init --advertise-addr eth0 --listen-addr 0.0.0.0:2377 --dispatcher-heartbeat 3s',
    ...TOKENS,
    'host1$ docker swarm join-token manager',
    'host2$ docker swarm join --availability drain --token $(cat /tmp/token) 192.168.99.101:2377',
    'host3$ docker swarm join --token $(cat /tmp/token) 192.168.99.101:2377',
    'wait 1s',
    NODES,
    'host1$ docker node ls -q --filter role=worker | wc -l; docker node ls -q --filter role=manager --filter membership=accepted | wc -l',
    'host1$ docker node update --label-add zone=a --availability active host2; docker node ls --filter node.label=zone=a --format {{.Hostname}}',
    'host3$ docker node promote host2; docker node promote host2; docker node demote host3 host2',
    `${NODES}; true`,
    'host1$ docker node demote host1',
    'host1$ docker node rm host2',
    'host2$ docker swarm leave; docker info | grep Swarm',
    'host1$ docker node rm host2; docker node rm --force host3; docker node ls -q | wc -l',
    'host1$ docker swarm leave',
    'host1$ docker swarm leave --force; docker node ls; docker network ls -q -f driver=overlay | wc -l',
  ]);
  expect(plain(outputs[0])).toBe(
    `Swarm initialized: current node (ID) is now a manager.

To add a worker to this swarm, run the following command:

    docker swarm join --token TOKEN 192.168.99.101:2377

To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.`,
  );
  const [
    managers,
    worker,
    manager,
    nodes,
    counts,
    label,
    roles,
    demoted,
    last,
    refused,
    left,
    removed,
    cannot,
    gone,
  ] = outputs.slice(5);
  expect(plain(managers)).toBe(
    'To add a manager to this swarm, run the following command:\n\n    docker swarm join --token TOKEN 192.168.99.101:2377',
  );
  expect(worker).toBe('This node joined a swarm as a worker.');
  expect(manager).toBe('This node joined a swarm as a manager.');
  const trimmed = (text: string | undefined) => text!.split('\n').map((line) => line.trim());
  expect(trimmed(nodes)).toEqual([
    'host1 Ready Active Leader',
    'host2 Ready Drain',
    'host3 Ready Active Reachable',
  ]);
  expect(counts).toBe('1\n2');
  expect(label).toBe('host2\nhost2');
  expect(trimmed(roles)).toEqual([
    'Node host2 promoted to a manager in the swarm.',
    'Node host2 is already a manager.',
    'Manager host3 demoted in the swarm.',
    'Manager host2 demoted in the swarm.',
  ]);
  expect(trimmed(demoted)).toEqual(['host1 Ready Active Leader', 'host2 Ready Active', 'host3 Ready Active']);
  expect(last).toContain('attempting to demote the last manager of the swarm');
  expect(refused).toContain("is not down and can't be removed");
  expect(left).toMatch(/^Node left the swarm.\n\s*Swarm: inactive$/);
  expect(removed).toBe('host2\nhost3\n1');
  expect(cannot).toContain('Removing the last manager erases all current state of the swarm.');
  expect(gone).toContain('Node left the swarm.');
  expect(gone).toContain('This node is not a swarm manager.');
  expect(gone).toMatch(/0$/);
});

test('docker info tells of the swarm', async () => {
  const { outputs } = await run(hosts(3), [
    'host1$ docker info | grep Swarm',
    'host1$ docker swarm init --default-addr-pool 10.20.0.0/16 --default-addr-pool-mask-length 26 > /dev/null; docker swarm update --dispatcher-heartbeat 10s',
    ...TOKENS,
    'host2$ docker swarm join --token $(cat /tmp/token) 192.168.99.101:2377',
    'host1$ docker info | grep -A 12 Swarm; docker info | grep Heartbeat',
    'host2$ docker info | grep -A 12 Swarm',
    "host2$ docker info -f '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}'",
  ]);
  expect(outputs[0]).toBe('Swarm: inactive');
  expect(outputs[1]).toBe('Swarm updated.');
  expect(plain(outputs[7])).toContain(
    'Swarm: active\n  NodeID: ID\n  Is Manager: true\n  ClusterID: ID\n  Managers: 1\n  Nodes: 2\n' +
      '  Default Address Pool: 10.20.0.0/16  \n  SubnetSize: 26\n  Data Path Port: 4789\n',
  );
  expect(outputs[7]).toContain('Heartbeat Period: 10 seconds');
  expect(plain(outputs[8])).toContain(
    'Swarm: active\n  NodeID: ID\n  Is Manager: false\n  Node Address: 192.168.99.102\n  Manager Addresses:\n   192.168.99.101:2377\n',
  );
  expect(outputs[9]).toBe('active false');
});

test('a manager needs port 2377', async () => {
  const { outputs } = await run(hosts(2), ['host1$ nc -l -p 2377 &', 'host1$ docker swarm init']);
  expect(outputs[1]).toContain('listen tcp 0.0.0.0:2377: bind: address already in use');
});

test.each([
  ['init --listen-addr eth0:2400', '--listen-addr other than 0.0.0.0:2377 is not modelled'],
  ['init --force-new-cluster', '--force-new-cluster is not modelled'],
  ['init --availability gone', 'invalid availability "gone", only active, pause and drain are supported'],
  ['init --data-path-port 80', 'invalid DataPathPort number 80, must be between 1024 and 49151'],
  ['init --advertise-addr eth7', 'advertise address must be a valid IP address or network interface'],
  ['join --token x 192.168.99.101:2377', 'invalid join token'],
  [
    `join --advertise-addr eth7 --token SWMTKN-1-${'0'.repeat(50)}-${'1'.repeat(25)} 192.168.99.102:2377`,
    'advertise address must be a valid IP address or network interface',
  ],
  ['join', '"docker swarm join" requires exactly 1 argument.'],
  ['leave', 'This node is not part of a swarm'],
])('docker swarm %s: %s', async (command, complaint) => {
  const { outputs } = await run(hosts(2), [`host1$ docker swarm ${command}`]);
  expect(outputs[0]).toContain(complaint);
});
