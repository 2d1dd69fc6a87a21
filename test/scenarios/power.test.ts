/** `host NAME down` and `host NAME up`: power that goes and comes back. */
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { get16 } from '../../protocols/bytes.ts';
import { hosts, run } from '../overlay/run-swarm.ts';

const ONE_HOST = `name: power
hosts:
  host1:
    interfaces: { eth0: { address: 192.168.99.101/24, gateway: 192.168.99.1, mtu: 1400 } }
    docker: {}
    sysctls: { net.ipv4.ip_default_ttl: 99 }
    run: [nc -l -p 5000]
  outside: { interfaces: { eth0: { address: 192.168.99.1/24 } } }
links: { lan: { connects: [host1/eth0, outside/eth0], delay: 100us } }
captures:
  - { on: outside/eth0, file: wire.pcap }
`;

describe('a machine with Docker', () => {
  const CREATE = [
    'host1$ docker network create --subnet 172.30.0.0/16 net1 > /dev/null; docker network create net2 > /dev/null',
    'host1$ docker run -d --name always --network net1 --restart always -p 8080:80 nginx > /dev/null',
    'host1$ docker run -d --name unless --network net1 --restart unless-stopped alpine sleep 1d > /dev/null',
    'host1$ docker run -d --name stopped --network net1 --restart unless-stopped alpine sleep 1d > /dev/null; docker stop -t 0 stopped',
    'host1$ docker run -d --name failing --restart on-failure alpine sleep 1d > /dev/null',
    'host1$ docker run -d --name once --network net1 alpine sleep 1d > /dev/null',
    'host1$ docker run -d --name guest --network container:always --restart always alpine sleep 1d > /dev/null',
    'host1$ docker run -d --rm --name gone alpine sleep 1d > /dev/null',
  ];
  const POWER = ['host host1 down', 'wait 5s', 'host host1 up'];

  test('has its networks again, and its containers by their restart policies', async () => {
    const ids =
      "docker network ls --no-trunc --format '{{.Name}} {{.ID}}' | grep -v bridge | sort; docker ps -aq --no-trunc --filter name=always";
    const { outputs } = await run(ONE_HOST, [
      ...CREATE,
      `host1$ ${ids}`,
      "host1$ docker network inspect net2 -f '{{json .IPAM.Config}}'",
      'host1$ docker network inspect -f {{.Id}} bridge',
      ...POWER,
      `host1$ ${ids}; true`,
      "host1$ docker network inspect net2 -f '{{json .IPAM.Config}}'; true",
      'host1$ docker network inspect -f {{.Id}} bridge; true',
      "host1$ docker ps -a --format '{{.Names}} {{.Status}}' | sort",
      'outside$ curl -s -o /dev/null -w %{http_code} http://192.168.99.101:8080/',
      'unless$ ping -c 1 always',
      'failing$ ping -c 1 192.168.99.1',
      'guest$ ip -4 -o addr show eth0',
      'host1$ docker start once; docker exec once ping -c 1 unless',
      'host1$ docker network rm net2; docker network create net3 > /dev/null; docker network inspect net3 -f "{{(index .IPAM.Config 0).Subnet}}"',
    ]);
    const [idsBefore, ipamBefore, bridgeBefore, idsAfter, ipamAfter, bridgeAfter, ...rest] = outputs.slice(
      CREATE.length,
    );
    expect(idsAfter).toBe(idsBefore);
    expect(idsAfter!.split('\n').length).toBe(5);
    expect(ipamAfter).toBe(ipamBefore);
    // The default bridge is made anew each time the daemon starts.
    expect(bridgeAfter).not.toBe(bridgeBefore);
    const [listed, code, ping, out, guest, once, subnet] = rest;
    expect(listed!.split('\n')).toEqual([
      'always Up Less than a second',
      'failing Up Less than a second',
      'guest Up Less than a second',
      expect.stringMatching(/^once Exited \(255\) \d+ seconds? ago$/),
      expect.stringMatching(/^stopped Exited \(137\) \d+ seconds? ago$/),
      'unless Up Less than a second',
    ]);
    expect(code).toBe('200');
    expect(ping).toContain('1 packets received');
    expect(out).toContain('1 packets received');
    expect(guest).toContain('172.30.0.2/16');
    expect(once).toContain('1 packets received');
    expect(subnet).toBe('net2\n172.19.0.0/16');
  });

  test('has nothing of what was only in its memory, and all that its files say', async () => {
    const { outputs } = await run(ONE_HOST, [
      ...CREATE,
      'host1$ iptables-save -t nat | grep -v "^#" | grep -v "^:" | sort > /tmp/nat; echo kept > /var/lib/kept',
      'host1$ iptables -A INPUT -p tcp --dport 9999 -j DROP; ip link add dummy0 type dummy; ip netns add red; ip route add 10.5.0.0/16 via 192.168.99.1',
      'host1$ ip addr add 10.9.9.9/24 dev eth0; ip link set eth0 mtu 1300; ip link set eth0 address 02:00:00:00:00:01; sysctl -w net.ipv4.ip_default_ttl=11 > /dev/null',
      ...POWER,
      'host1$ ip -4 -o addr show eth0; ip link show eth0; ip route; sysctl net.ipv4.ip_default_ttl net.ipv4.ip_forward',
      'host1$ ip link show dummy0; ip netns; iptables -S INPUT; ls /var/run/docker/netns | wc -l; cat /var/lib/kept',
      'host1$ iptables-save -t nat | grep -v "^#" | grep -v "^:" | sort > /tmp/nat2; cat /tmp/nat | md5sum; cat /tmp/nat2 | md5sum',
      'outside$ echo hello | nc -q 1 192.168.99.101 5000; echo $?',
      'outside$ ping -c 1 192.168.99.101',
    ]);
    const [, , , state, gone, nat, served, ping] = outputs.slice(CREATE.length);
    expect(state!.split('\n').filter((line) => line.includes('inet '))).toEqual([
      expect.stringContaining('192.168.99.101/24'),
    ]);
    expect(state).toContain('mtu 1400');
    expect(state).toContain('02:00:c0:a8:63:65');
    expect(state).toContain('default via 192.168.99.1');
    expect(state).not.toContain('10.5.0.0');
    expect(state).toContain('net.ipv4.ip_default_ttl = 99\nnet.ipv4.ip_forward = 1');
    expect(gone).toContain('Device "dummy0" does not exist');
    expect(gone).not.toMatch(/red|9999/);
    expect(gone).toMatch(/\n3\nkept$/);
    const [natBefore, natAfter] = nat!.split('\n');
    expect(natAfter).toBe(natBefore);
    expect(served).toBe('0');
    expect(ping).toContain('ttl=99');
  });

  test('goes without a word: no FIN, no reset; its peers find out by themselves', async () => {
    const { outputs, files } = await run(ONE_HOST, [
      'outside$ nc 192.168.99.101 5000 > /dev/null &',
      'wait 1s',
      'host host1 down',
      'wait 1s',
      'outside$ ss -tn | grep -c ESTAB',
      'host1$ ip addr',
      'outside$ ping -c 1 -W 1 192.168.99.101; ip neigh',
      'host host1 up',
      'outside$ ping -c 1 -W 1 192.168.99.101; true',
    ]);
    expect(outputs[1]).toBe('1');
    expect(outputs[2]).toContain('host1 is powered off');
    expect(outputs[3]).toContain('0 received');
    expect(outputs[4]).toContain('1 received');
    const flags = readCapture(files.bytes('captures/wire.pcap'))
      .packets.map(({ buf, offset }) => ({ buf, offset }))
      .filter(({ buf, offset }) => get16(buf, offset + 12) === 0x0800 && buf[offset + 23] === 6)
      .map(({ buf, offset }) => buf[offset + 47]! & 0x05);
    expect(flags.length).toBeGreaterThan(2);
    expect(flags.every((each) => each === 0)).toBe(true);
  });
});

describe('a node of a swarm', () => {
  const NETWORK = 'host1$ docker network create -d overlay --attachable --opt encrypted ov > /dev/null';
  const RUN = (host: number) =>
    `host${host}$ docker run -d --name on${host} --network ov --restart always alpine sleep 1d > /dev/null`;
  const HEAD = `${hosts(2)}swarm: { managers: [host1], workers: [host2] }\n`;

  test('that is a worker is down after three heartbeats, is ready again, and its containers are on the overlay', async () => {
    const { outputs } = await run(HEAD, [
      NETWORK,
      RUN(1),
      RUN(2),
      'wait 3s',
      'on1$ ping -c 1 -W 1 on2',
      'host host2 down',
      'wait 20s',
      "host1$ docker node ls --format '{{.Hostname}} {{.Status}}'",
      'host1:ov$ ip neigh show dev vxlan0 | wc -l',
      'host1$ ip xfrm state | grep -c spi',
      'host host2 up',
      'wait 10s',
      "host1$ docker node ls --format '{{.Hostname}} {{.Status}}'; true",
      'on1$ ping -c 1 -W 1 on2; true',
      "host1$ docker network inspect ov -f '{{len .Peers}}'",
      'host2$ docker network ls -q -f name=ingress | wc -l; ip -o link show docker_gwbridge | wc -l',
    ]);
    expect(outputs[3]).toContain('1 packets received');
    expect(outputs[4]).toBe('host1 Ready\nhost2 Down');
    expect(outputs[5]).toBe('0');
    expect(outputs[6]).toBe('0');
    expect(outputs[7]).toBe('host1 Ready\nhost2 Ready');
    expect(outputs[8]).toContain('1 packets received');
    expect(outputs[9]).toBe('2');
    expect(outputs[10]).toBe('1\n1');
  });

  test('that is the only manager: data goes on without it, and after it is back it knows its swarm', async () => {
    const { outputs } = await run(HEAD, [
      NETWORK,
      RUN(1),
      RUN(2),
      'wait 3s',
      'host host1 down',
      'wait 3s',
      'host host1 up',
      'wait 15s',
      "host1$ docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'",
      'on2$ ping -c 1 -W 1 on1',
      'host1$ docker network ls -f driver=overlay --format {{.Name}}',
      'host2$ docker swarm leave; docker swarm join --token x 192.168.99.101:2377',
    ]);
    expect(outputs[3]!.split('\n').map((line) => line.trim())).toEqual(['host1 Ready Leader', 'host2 Ready']);
    expect(outputs[4]).toContain('1 packets received');
    expect(outputs[5]).toBe('ingress\nov');
    expect(outputs[6]).toContain('Node left the swarm.');
  });
});
