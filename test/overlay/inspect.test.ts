/** What the commands show of overlay networks, on managers and on workers. */
import { expect, test } from 'vitest';
import { overlaySpi } from '../../drivers/overlay/spi.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { hosts, run, swarm } from './run-swarm.ts';

const HEAD = `${hosts(2)}swarm: { managers: [host1], workers: [host2] }\n`;

interface Inspected {
  Id: string;
  Scope: string;
  Internal: boolean;
  Attachable: boolean;
  IPAM: { Config: { Subnet: string; Gateway: string }[] };
  Containers: Record<string, { Name: string; IPv4Address: string }> | null;
  Options: Record<string, string>;
  Peers?: { Name: string; IP: string }[];
}

const parsed = (text: string | undefined) => (JSON.parse(text!) as Inspected[])[0]!;

test('inspect on both nodes: containers of the node, its load balancer, peers, VNI', async () => {
  const { outputs } = await run(swarm(2), [
    'wait 3s',
    'host1$ docker network inspect ov',
    'host2$ docker network inspect ov',
  ]);
  const [one, two] = outputs.map(parsed) as [Inspected, Inspected];
  for (const seen of [one, two]) {
    expect(seen.Id).toMatch(/^[0-9a-z]{25}$/);
    expect([seen.Scope, seen.Internal, seen.Attachable]).toEqual(['swarm', false, true]);
    expect(seen.IPAM.Config).toEqual([{ Subnet: '10.0.1.0/24', Gateway: '10.0.1.1' }]);
    expect(seen.Options).toEqual({ 'com.docker.network.driver.overlay.vxlanid_list': '4097' });
    expect(seen.Peers!.map(({ IP }) => IP).sort()).toEqual(['192.168.99.101', '192.168.99.102']);
    for (const { Name } of seen.Peers!) expect(Name).toMatch(/^[0-9a-f]{12}$/);
  }
  expect(one.Id).toBe(two.Id);
  const containers = ({ Containers }: Inspected) =>
    Object.entries(Containers!).map(([key, { Name }]) => [key.startsWith('lb-') ? key : 'container', Name]);
  expect(containers(one)).toEqual(
    expect.arrayContaining([
      ['container', 'on1'],
      ['lb-ov', 'ov-endpoint'],
    ]),
  );
  expect(containers(two)).toEqual(
    expect.arrayContaining([
      ['container', 'on2'],
      ['lb-ov', 'ov-endpoint'],
    ]),
  );
  expect([containers(one).length, containers(two).length]).toEqual([2, 2]);
});

test('a manager shows a network that it is not on without peers and containers; a worker does not show it', async () => {
  const { outputs } = await run(HEAD, [
    'host1$ docker network create -d overlay --attachable ov > /dev/null; docker network inspect ov',
    'host2$ docker network inspect ov',
    'host2$ docker run -d --name late --network ov alpine sleep 1d > /dev/null; docker network inspect ov -f "{{len .Peers}} {{len .Containers}}"',
    'host2$ docker rm -f late > /dev/null; docker network inspect ov; true',
  ]);
  const seen = parsed(outputs[0]);
  expect(seen.Containers).toBeNull();
  expect(seen.Peers).toBeUndefined();
  expect(outputs[1]).toContain('No such network: ov');
  expect(outputs[2]).toBe('1 2');
  expect(outputs[3]).toContain('No such network: ov');
});

test('an internal overlay has no way out; another one has docker_gwbridge', async () => {
  const { outputs } = await run(HEAD, [
    'host1$ docker network create -d overlay --attachable --internal closed > /dev/null; docker network create -d overlay --attachable open > /dev/null',
    'host1$ docker run -d --name c1 --network closed alpine sleep 1d > /dev/null; docker run -d --name o1 --network open alpine sleep 1d > /dev/null',
    'host2$ docker run -d --name c2 --network closed alpine sleep 1d > /dev/null',
    'wait 3s',
    'c1$ ip route; ip -o link | wc -l; ping -c 1 -W 1 192.168.99.102',
    'c1$ ping -c 1 -W 1 c2',
    'o1$ ip route; ping -c 1 -W 1 192.168.99.102',
  ]);
  expect(outputs[3]).not.toContain('default');
  expect(outputs[3]).toContain('\n2\n');
  expect(outputs[3]).toMatch(/Network unreachable|Network is unreachable/);
  expect(outputs[4]).toContain('1 packets received');
  expect(outputs[5]).toMatch(/^default via 172\.18\.0\.1 dev eth1/);
  expect(outputs[5]).toContain('1 packets received');
});

test('subnets that overlap are refused, VNIs are given in turn or as named, and the MTU is what the option leaves', async () => {
  const create = 'docker network create -d overlay --attachable';
  const { outputs } = await run(HEAD, [
    `host1$ ${create} --subnet 10.50.0.0/16 a > /dev/null; ${create} --subnet 10.50.7.0/24 b`,
    `host1$ ${create} -o com.docker.network.driver.overlay.vxlanid_list=5000 c > /dev/null; ${create} -o com.docker.network.driver.overlay.vxlanid_list=5000 d`,
    `host1$ ${create} --subnet 10.60.0.0/24 --subnet 10.61.0.0/24 two > /dev/null; docker network inspect c two -f '{{json .Options}}'`,
    `host1$ ${create} -o com.docker.network.driver.mtu=9000 jumbo > /dev/null; ${create} --opt encrypted -o com.docker.network.driver.mtu=9000 secret > /dev/null`,
    'host1$ docker run --rm --network jumbo alpine ip -o link show eth0; docker run --rm --network secret alpine ip -o link show eth0',
    'host1$ docker run -d --name xx --network two --ip 10.61.0.9 alpine sleep 1d > /dev/null; docker exec xx ip -4 -o addr show eth0',
  ]);
  expect(outputs[0]).toContain('Pool overlaps with other one on this address space');
  expect(outputs[1]).toContain('5000');
  expect(outputs[2]).toContain('"com.docker.network.driver.overlay.vxlanid_list":"5000"');
  expect(outputs[2]).toMatch(/vxlanid_list":"(\d+),(\d+)"/);
  expect(outputs[4]).toMatch(/mtu 8950 [\s\S]*mtu 8924 /);
  expect(outputs[5]).toContain('10.61.0.9/24');
});

test('SPIs are made from the nodes’ addresses and consecutive tags', async () => {
  const { outputs } = await run(swarm(2, ', driver_opts: { encrypted: "" }'), [
    'wait 3s',
    'host1$ ip xfrm state | grep -o "spi 0x[0-9a-f]*" | cut -c5-',
  ]);
  const spis = outputs[0]!.split('\n').map(Number);
  const [one, two] = [parseIpv4('192.168.99.101'), parseIpv4('192.168.99.102')];
  const forward = (tag: number) => overlaySpi(one, two, tag);
  const reverse = (tag: number) => overlaySpi(two, one, tag);
  const tags = Array.from({ length: 65536 + 3 }, (_, tag) => tag);
  const primary = tags.find((tag) => spis.includes(forward(tag)))!;
  expect(spis.sort()).toEqual(
    [forward(primary), ...[-1, 0, 1].map((step) => reverse(primary + step))].sort(),
  );
});
