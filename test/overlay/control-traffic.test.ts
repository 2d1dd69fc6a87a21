import { describe, expect, test } from 'vitest';
import { hosts, run, swarm } from './run-swarm.ts';

const BLOCK_GOSSIP =
  'host2$ iptables -I INPUT -p udp --dport 7946 -j DROP; iptables -I INPUT -p tcp --dport 7946 -j DROP';
const PING = 'on1$ ping -c 1 -W 1 on2';

describe('2377/tcp', () => {
  const joinSteps = (rule: string) => [
    'host1$ docker swarm init --advertise-addr 192.168.99.101 > /tmp/init',
    `host1$ ${rule}`,
    'host1$ docker swarm join-token -q worker | nc -q 1 192.168.99.102 5000 > /tmp/sent',
  ];

  test('a join that nobody answers times out with the words of Docker, and succeeds in the background', async () => {
    const { outputs } = await run(hosts(2), [
      'host2$ nc -l -p 5000 > /tmp/token &',
      ...joinSteps('iptables -I INPUT -p tcp --dport 2377 -j DROP'),
      'host2$ docker swarm join --token $(cat /tmp/token) 192.168.99.101:2377',
      'host1$ iptables -F INPUT',
      'wait 30s',
      'host1$ docker node ls --format {{.Hostname}}:{{.Status}}',
    ]);
    expect(outputs[4]).toBe(
      'Error response from daemon: Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.',
    );
    expect(outputs[6]).toBe('host1:Ready\nhost2:Ready');
  });

  test('a join that is refused fails at once', async () => {
    const { outputs } = await run(hosts(2), [
      'host2$ nc -l -p 5000 > /tmp/token &',
      ...joinSteps('true'),
      'host2$ docker swarm join --token $(cat /tmp/token) 192.168.99.101:2378',
    ]);
    expect(outputs[4]).toContain('dial tcp 192.168.99.101:2378: connect: connection refused');
  });

  test('a token that is not of the swarm is refused', async () => {
    const token = `SWMTKN-1-${'0'.repeat(50)}-${'1'.repeat(25)}`;
    const { outputs } = await run(hosts(2), [
      'host1$ docker swarm init > /tmp/init',
      `host2$ docker swarm join --token ${token} 192.168.99.101:2377`,
    ]);
    expect(outputs[1]).toContain('A valid join token is necessary to join this cluster');
  });

  test('a node whose heartbeats stay out for three periods is down, and ready again when they come', async () => {
    const { outputs } = await run(swarm(2), [
      'host1$ iptables -I INPUT -p tcp --dport 2377 -j DROP',
      'wait 10s',
      'host1$ docker node ls --format {{.Hostname}}:{{.Status}}',
      'wait 12s',
      'host1$ docker node ls --format {{.Hostname}}:{{.Status}}; true',
      'host1$ iptables -F INPUT',
      'wait 30s',
      'host1$ docker node ls --format {{.Hostname}}:{{.Status}}; true; true',
      PING,
    ]);
    expect(outputs[1]).toBe('host1:Ready\nhost2:Ready');
    expect(outputs[2]).toBe('host1:Ready\nhost2:Down');
    expect(outputs[4]).toBe('host1:Ready\nhost2:Ready');
    expect(outputs[5]).toContain('1 packets received');
  });
});

describe('7946', () => {
  test('without gossip there are no peers; with it again they come back', async () => {
    const { outputs } = await run(swarm(2), [
      'wait 2s',
      PING,
      BLOCK_GOSSIP,
      'wait 12s',
      'on1$ ping -c 1 -W 1 on2; true',
      'host2$ iptables -F INPUT',
      'wait 40s',
      'on1$ ping -c 1 -W 1 on2; true; true',
    ]);
    expect(outputs[0]).toContain('1 packets received');
    expect(outputs[2]).toContain("bad address 'on2'");
    expect(outputs[4]).toContain('1 packets received');
  });

  test('a node that vanishes is noticed by the probes: not within four seconds, within eight', async () => {
    const { outputs } = await run(swarm(2), [
      'wait 2s',
      'link lan down',
      'wait 4s',
      'host1:ov$ ip neigh show dev vxlan0',
      'wait 4s',
      'host1:ov$ ip neigh show dev vxlan0; true',
      'link lan up',
      'wait 20s',
      'on1$ ping -c 1 -W 1 on2',
    ]);
    expect(outputs[0]).not.toBe('');
    expect(outputs[1]).toBe('');
    expect(outputs[2]).toContain('1 packets received');
  });
});

describe('4789/udp', () => {
  test('when it is closed peers are known and no data passes', async () => {
    const { outputs } = await run(swarm(2), [
      'host2$ iptables -I INPUT -p udp --dport 4789 -j DROP',
      'wait 2s',
      PING,
      'on1$ ip neigh',
    ]);
    expect(outputs[1]).toContain('0 packets received');
    expect(outputs[2]).toContain('lladdr 02:42:0a:00');
  });
});
