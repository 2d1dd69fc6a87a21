import { describe, expect, test } from 'vitest';
import { overlaySpi } from '../../drivers/overlay/spi.ts';
import { overlayMtu, parseOverlayOptions } from '../../drivers/overlay/options.ts';
import { DEFAULT_ENGINE_RELEASE } from '../../drivers/engine-release.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { hosts, run, swarm } from './run-swarm.ts';

describe('MTU', () => {
  test.each([
    [{}, 1450],
    [{ 'com.docker.network.driver.mtu': '1450' }, 1400],
    [{ encrypted: '' }, 1424],
    [{ encrypted: '', 'com.docker.network.driver.mtu': '1450' }, 1372],
    [{ 'com.docker.network.driver.mtu': '9000' }, 8950],
  ])('%j gives %d', (options, mtu) => {
    const parsed = parseOverlayOptions(new Map(Object.entries(options)), DEFAULT_ENGINE_RELEASE);
    expect(overlayMtu(parsed)).toBe(mtu);
  });
});

test.each([
  ['192.168.0.1', '192.168.0.2', 1, 0x63863c4b],
  ['192.168.0.2', '192.168.0.1', 1, 0x9d865657],
  ['192.168.0.1', '192.168.0.2', 2, 0x3a82e2da],
  ['192.168.0.2', '192.168.0.1', 2, 0x9a95846e],
  ['10.0.0.11', '10.0.0.12', 7, 0x64f808c5],
  ['10.0.0.12', '10.0.0.11', 7, 0x81b0427d],
])('SPI from %s to %s with tag %d', (source, destination, tag, spi) => {
  expect(overlaySpi(parseIpv4(source), parseIpv4(destination), tag)).toBe(spi);
});

test('what Docker refuses', async () => {
  const { outputs } = await run(swarm(2), [
    'host2$ docker network create -d overlay mine',
    'host1$ docker network create -d overlay closed > /dev/null; docker run --rm --network closed alpine true',
    'host2$ docker run --rm --network nowhere alpine true',
    'host1$ docker network rm ov',
    'host2$ docker node ls',
    'host1$ docker swarm leave',
    'host1$ docker swarm init',
  ]);
  expect(outputs[0]).toContain('Cannot create a multi-host network from a worker node.');
  expect(outputs[1]).toContain('network closed not manually attachable');
  expect(outputs[2]).toContain('network nowhere not found');
  expect(outputs[3]).toContain('is in use by task');
  expect(outputs[4]).toContain("Worker nodes can't be used to view or modify cluster state.");
  expect(outputs[5]).toContain('Removing the last manager erases all current state of the swarm.');
  expect(outputs[6]).toContain('This node is already part of a swarm.');
});

test('a host that is in no swarm has no overlays', async () => {
  const { outputs } = await run(hosts(2), ['host1$ docker network create -d overlay ov']);
  expect(outputs[0]).toContain('This node is not a swarm manager.');
});

test('a worker knows a network while a container of its is on it, and nothing is left behind', async () => {
  const { outputs } = await run(swarm(2), [
    'host2$ docker network ls -q --filter name=ov | wc -l; ls /var/run/docker/netns | wc -l; ip -o link | wc -l',
    'host2$ docker rm -f on2 > /dev/null; docker network ls -q --filter name=ov | wc -l; ls /var/run/docker/netns | wc -l; ip -o link | wc -l',
    'wait 2s',
    'host1:ov$ ip neigh show dev vxlan0',
  ]);
  expect(outputs[0]!.split('\n')).toEqual(['1', '5', '6']);
  expect(outputs[1]!.split('\n')).toEqual(['0', '2', '5']);
  expect(outputs[2]).toBe('');
});

test('an address that was freed is not given again soon', async () => {
  const { outputs } = await run(swarm(2), [
    'host1$ docker run --rm --network ov alpine ip -4 -o addr show eth0',
    'host1$ docker run --rm --network ov alpine ip -4 -o addr show eth0; true',
  ]);
  const addresses = outputs.map((output) => /inet (\S+)/.exec(output)?.[1]);
  expect(addresses).toEqual(['10.0.1.6/24', '10.0.1.7/24']);
});
