import { describe, expect, test } from 'vitest';
import { DEFAULT_CONTAINER_CONFIG, DEFAULT_HOST_CONFIG } from '../../drivers/container/container-config.ts';
import type { Container } from '../../drivers/container/container.ts';
import { startContainer } from '../../drivers/container/lifecycle.ts';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import { createEngine } from '../../drivers/engine/engine-registry.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import { NO_ENDPOINT_CONFIG } from '../../drivers/network/endpoint.ts';
import { DEFAULT_NETWORK_SPEC } from '../../drivers/network/network-manager.ts';
import { formatIpv4, parseCidr, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { LinkLab } from './lab.ts';

class DockerLab extends LinkLab {
  readonly engine: Engine;

  constructor(release = '20.10') {
    super();
    this.engine = createEngine(this.host1, { iptables: false }, { release: parseEngineRelease(release) });
  }

  /** `docker network create -d DRIVER -o … --subnet …`; options as `key=value`. */
  network(
    name: string,
    driver: string,
    options: string,
    subnets = ['192.168.99.0/24'],
    gateway = '',
  ): string {
    const driverOptions = new Map(
      options
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => word.split('=') as [string, string]),
    );
    const ipam = subnets.map((subnet) => ({
      subnet: parseCidr(subnet),
      ...(gateway !== '' && { gateway: parseIpv4(gateway) }),
    }));
    return this.engine.networks.create({ ...DEFAULT_NETWORK_SPEC, name, driver, driverOptions, ipam }).id;
  }

  /** `docker run -d --network NETWORK [--ip IP] [--mac-address MAC]`. */
  start(name: string, network: string, ip = '', macAddress = ''): Container {
    const { container } = this.engine.containers.create({
      name,
      config: { ...DEFAULT_CONTAINER_CONFIG, image: 'alpine', command: ['sleep', '3600'], macAddress },
      hostConfig: { ...DEFAULT_HOST_CONFIG, networkMode: network },
      networking: new Map([[network, { ...NO_ENDPOINT_CONFIG, ipv4: ip }]]),
    });
    startContainer(this.engine, container);
    return container;
  }

  /** The container's eth0: MAC, address and default route. */
  interfaceOf(container: Container): { mac: string; address: string; gateway: string | null } {
    const { netns } = container.process!;
    const dev = netns.device('eth0')!;
    const route = netns.ipv4.fib.lookup(parseIpv4('8.8.8.8'));
    return {
      mac: formatMac(dev.mac),
      address: formatIpv4(dev.ipv4.addresses[0]!.local),
      gateway: route === null ? null : formatIpv4(route.gateway),
    };
  }

  links(): string[] {
    return this.host1.initNamespace.devices
      .map(({ name }) => name)
      .filter((name) => !/^(lo|eth[01]|docker0)$/.test(name));
  }
}

describe('macvlan networks', () => {
  test('a container has the MAC of its address, and its gateway is the one given', () => {
    const lab = new DockerLab();
    lab.network('mv', 'macvlan', 'parent=eth0', ['192.168.99.0/24'], '192.168.99.1');
    const m1 = lab.start('m1', 'mv', '192.168.99.192');
    expect(lab.interfaceOf(m1)).toEqual({
      mac: '02:42:c0:a8:63:c0',
      address: '192.168.99.192',
      gateway: '192.168.99.1',
    });
    expect(lab.reaches('', '192.168.99.192', lab.outside)).toBe(true);
    expect(lab.reaches('', '192.168.99.192')).toBe(false);
    expect(lab.links()).toEqual([]);
    lab.engine.containers.remove(m1, true);
    expect(lab.eth0.uppers).toEqual([]);
    lab.engine.networks.remove('mv');
    expect(lab.eth0.rxHandler).toBe(null);
  });

  test.each([
    ['20.10', '', '192.168.99.1'],
    ['27.5', '', '192.168.99.1'],
    ['28.5', '', '192.168.99.1'],
    ['29.0', '', null],
    ['29.0', '192.168.99.254', '192.168.99.254'],
  ])('release %s, --gateway "%s": the default route is via %s', (release, given, gateway) => {
    const lab = new DockerLab(release);
    lab.network('mv', 'macvlan', 'parent=eth0', ['192.168.99.0/24'], given);
    expect(lab.interfaceOf(lab.start('m1', 'mv', '192.168.99.192')).gateway).toBe(gateway);
  });

  test('without a parent a dummy stands in, and there is no way out', () => {
    const lab = new DockerLab();
    const id = lab.network('mv', 'macvlan', '', ['10.9.0.0/24']);
    expect(lab.links()).toEqual([`dm-${id.slice(0, 12)}`]);
    const m1 = lab.start('m1', 'mv');
    const m2 = lab.start('m2', 'mv');
    expect(lab.interfaceOf(m1)).toMatchObject({ address: '10.9.0.2', gateway: null });
    for (const container of [m1, m2]) lab.engine.containers.remove(container, true);
    lab.engine.networks.remove('mv');
    expect(lab.links()).toEqual([]);
  });

  test('the sub-interface that a parent names is made, and removed with the last network on it', () => {
    const lab = new DockerLab('27.5');
    lab.network('a', 'macvlan', 'parent=eth0.50', ['192.168.50.0/24']);
    expect(lab.ok('ip -d link show eth0.50')).toContain('vlan protocol 802.1Q id 50 <REORDER_HDR>');
    lab.network('b', 'macvlan', 'parent=eth0.50', ['192.168.51.0/24']);
    lab.engine.networks.remove('a');
    expect(lab.links()).toEqual(['eth0.50']);
    lab.engine.networks.remove('b');
    expect(lab.links()).toEqual([]);
  });

  test('a sub-interface that was there stays', () => {
    const lab = new DockerLab();
    lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip link set eth0.50 up');
    lab.network('a', 'macvlan', 'parent=eth0.50', ['192.168.50.0/24']);
    lab.engine.networks.remove('a');
    expect(lab.links()).toEqual(['eth0.50']);
  });

  test('a second container in passthru mode fails as recorded, and leaves nothing behind', () => {
    const lab = new DockerLab();
    lab.network('mv', 'macvlan', 'parent=eth0 macvlan_mode=passthru');
    const m1 = lab.start('m1', 'mv', '192.168.99.192');
    expect(lab.ok('ip link show eth0')).toContain('link/ether 02:42:c0:a8:63:c0');
    expect(() => lab.start('m2', 'mv')).toThrow('failed to create the macvlan port: invalid argument');
    lab.engine.containers.remove(m1, true);
    expect(lab.ok('ip -d link show eth0')).toMatch(/link\/ether 02:00:c0:a8:63:6d .* promiscuity 0 /);
    expect(lab.links()).toEqual([]);
  });

  test('a MAC that a sibling has is refused', () => {
    const lab = new DockerLab();
    lab.network('mv', 'macvlan', 'parent=eth0');
    lab.start('m1', 'mv', '', '02:00:00:00:00:77');
    expect(() => lab.start('m2', 'mv', '', '02:00:00:00:00:77')).toThrow(
      /^failed to add interface veth[0-9a-f]{7} to sandbox: .*address already in use$/,
    );
  });

  const taken = 'is already using parent interface eth0';
  test.each([
    ['20.10', '', '', new RegExp(`^network dm-[0-9a-f]{12} ${taken}$`)],
    ['26.1', '', '', new RegExp(`^network dm-[0-9a-f]{12} ${taken}$`)],
    [
      '27.5',
      '',
      'macvlan_mode=passthru',
      new RegExp(`^cannot use mode passthru, macvlan network [0-9a-f]{64} ${taken}$`),
    ],
    [
      '27.5',
      'macvlan_mode=passthru',
      '',
      new RegExp(`^macvlan network [0-9a-f]{64} ${taken} in mode passthru$`),
    ],
  ])('release %s: a parent used twice (%s, %s)', (release, first, second, message) => {
    const lab = new DockerLab(release);
    lab.network('a', 'macvlan', `parent=eth0 ${first}`);
    expect(() => lab.network('b', 'macvlan', `parent=eth0 ${second}`, ['10.1.0.0/24'])).toThrow(message);
  });

  test.each([
    ['macvlan', 'parent=lo', 'loopback interface is not a valid macvlan parent link'],
    ['ipvlan', 'parent=lo', 'loopback interface is not a valid ipvlan parent link'],
    ['macvlan', 'parent=eth9', 'invalid subinterface vlan name eth9, example formatting is eth0.10'],
    ['macvlan', 'parent=eth9.5', '-o parent interface does was not found on the host: eth9'],
    ['ipvlan', 'parent=eth9.5', '-o parent interface was not found on the host: eth9'],
    [
      'macvlan',
      'parent=eth0.5.6',
      'required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10',
    ],
    ['macvlan', 'parent=eth0.x', 'unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10)'],
    ['macvlan', 'parent=eth0.4095', 'vlan id must be between 1-4094, received: 4095'],
    [
      'macvlan',
      'parent=eth0 macvlan_mode=hub',
      "requested macvlan mode 'hub' is not valid, 'bridge' mode is",
    ],
    ['ipvlan', 'parent=eth0 ipvlan_mode=l4', "requested ipvlan mode 'l4' is not valid, 'l2' mode is"],
    ['ipvlan', 'parent=eth0 ipvlan_mode=l3s', "requested ipvlan mode 'l3s' is not valid, 'l2' mode is"],
  ])('%s %s is refused', (driver, options, message) => {
    const lab = new DockerLab();
    expect(() => lab.network('x', driver, options)).toThrow(message);
    expect(lab.links()).toEqual([]);
    // The subnet is free again.
    lab.network('y', 'macvlan', 'parent=eth0');
  });
});

describe('ipvlan networks', () => {
  test('l2: the MAC of the parent, and none shown; the gateway given', () => {
    const lab = new DockerLab();
    lab.network('ipv', 'ipvlan', 'parent=eth0', ['192.168.99.0/24'], '192.168.99.1');
    const i1 = lab.start('i1', 'ipv', '192.168.99.192');
    expect(lab.interfaceOf(i1)).toEqual({
      mac: '02:00:c0:a8:63:6d',
      address: '192.168.99.192',
      gateway: '192.168.99.1',
    });
    expect(i1.endpoints[0]!.macText).toBe('');
    expect(lab.reaches('', '192.168.99.192', lab.outside)).toBe(true);
    expect(() => lab.start('i2', 'ipv', '', '02:00:00:00:00:01')).toThrow(
      'ipvlan interfaces do not support custom mac address assignment',
    );
  });

  test('l3: subnets of one network, and the device as default route', () => {
    const lab = new DockerLab();
    lab.network('ipv', 'ipvlan', 'parent=eth0 ipvlan_mode=l3', ['10.50.1.0/24', '10.50.2.0/24']);
    const i1 = lab.start('i1', 'ipv', '10.50.1.10');
    const i2 = lab.start('i2', 'ipv', '10.50.2.10');
    expect(lab.interfaceOf(i1)).toMatchObject({ address: '10.50.1.10', gateway: '0.0.0.0' });
    lab.ok('ip route add 10.50.0.0/16 via 192.168.99.109', lab.outside);
    expect(lab.reaches('', '10.50.2.10', lab.outside)).toBe(true);
    for (const container of [i1, i2]) lab.engine.containers.remove(container, true);
    lab.engine.networks.remove('ipv');
    expect(lab.eth0.rxHandler).toBe(null);
  });

  test('one network a parent; modes and flags of later releases', () => {
    const lab = new DockerLab('27.5');
    lab.network('ipv', 'ipvlan', 'parent=eth0 ipvlan_mode=l3s ipvlan_flag=private');
    lab.start('i1', 'ipv');
    expect(() => lab.network('b', 'ipvlan', 'parent=eth0', ['10.1.0.0/24'])).toThrow(
      /^network di-[0-9a-f]{12} is already using parent interface eth0$/,
    );
    expect(() => lab.network('c', 'ipvlan', 'parent=eth1 ipvlan_flag=odd', ['10.1.0.0/24'])).toThrow(
      "requested ipvlan flag 'odd' is not valid, 'bridge' is the ipvlan driver default",
    );
    // macvlan and ipvlan do not share a parent; the kernel says so.
    lab.network('mv', 'macvlan', 'parent=eth0', ['10.2.0.0/24']);
    expect(() => lab.start('m1', 'mv')).toThrow('failed to create the macvlan port: device or resource busy');
  });
});
