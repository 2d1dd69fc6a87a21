import { describe, expect, test } from 'vitest';
import { LinkLab } from './lab.ts';

/** Who answers a container's first ping. */
interface Row {
  kind: string;
  reflective?: boolean;
  sibling?: boolean;
  host: boolean;
  otherParent: boolean;
  outside: boolean;
}

/** What the kernel's paths and the recording of macvlan and ipvlan on a veth parent give. */
const ROWS: readonly Row[] = [
  { kind: 'macvlan mode bridge', sibling: true, host: false, otherParent: true, outside: true },
  { kind: 'macvlan mode private', sibling: false, host: false, otherParent: true, outside: true },
  { kind: 'macvlan mode vepa', sibling: false, host: false, otherParent: true, outside: true },
  { kind: 'macvlan mode passthru', host: false, otherParent: true, outside: true },
  { kind: 'ipvlan mode l2', sibling: true, host: false, otherParent: true, outside: true },
  { kind: 'ipvlan mode l2 private', sibling: false, host: false, otherParent: true, outside: true },
  { kind: 'ipvlan mode l2 vepa', sibling: false, host: false, otherParent: true, outside: true },
  // A switch that sends frames back to where they came from.
  {
    kind: 'macvlan mode bridge',
    reflective: true,
    sibling: true,
    host: true,
    otherParent: true,
    outside: true,
  },
  {
    kind: 'macvlan mode vepa',
    reflective: true,
    sibling: true,
    host: true,
    otherParent: true,
    outside: true,
  },
  {
    kind: 'macvlan mode private',
    reflective: true,
    sibling: false,
    host: false,
    otherParent: true,
    outside: true,
  },
  {
    kind: 'ipvlan mode l2 vepa',
    reflective: true,
    sibling: true,
    host: true,
    otherParent: true,
    outside: true,
  },
];

describe.each(ROWS)('$kind, reflective switch: $reflective', (row) => {
  const { kind, reflective = false, sibling, host, otherParent, outside } = row;
  const lab = new LinkLab({ reflective });
  lab.container('m1', 'eth0', kind, '192.168.99.192/24');
  if (sibling !== undefined) lab.container('m2', 'eth0', kind, '192.168.99.193/24');
  lab.container('m3', 'eth1', kind, '192.168.99.194/24');
  lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip link set eth0.50 up');
  lab.container('m4', 'eth0.50', kind, '192.168.99.195/24');

  test('a container reaches', () => {
    expect({
      sibling: sibling === undefined ? undefined : lab.reaches('m1', '192.168.99.193'),
      host: lab.reaches('m1', '192.168.99.109'),
      otherParent: lab.reaches('m1', '192.168.99.194'),
      outside: lab.reaches('m1', '192.168.99.1'),
      otherVlan: lab.reaches('m1', '192.168.99.195'),
    }).toEqual({ sibling, host, otherParent, outside, otherVlan: false });
  });

  test('is reached from outside, and everything is let go of in the end', () => {
    expect(lab.reaches('', '192.168.99.192', lab.outside)).toBe(true);
    lab.wait(10);
    expect(lab.inFlight).toBe(0);
  });
});

describe('the host and its own macvlans', () => {
  test('a shim on the host makes them reachable', () => {
    const lab = new LinkLab();
    lab.container('m1', 'eth0', 'macvlan mode bridge', '192.168.99.192/24');
    expect(lab.reaches('', '192.168.99.192')).toBe(false);
    lab.ok(
      'ip link add macvlan0 link eth0 type macvlan mode bridge; ip addr add 192.168.99.223/32 dev macvlan0',
    );
    lab.ok('ip link set macvlan0 up; ip route add 192.168.99.192/27 dev macvlan0');
    expect(lab.reaches('', '192.168.99.192')).toBe(true);
    expect(lab.reaches('m1', '192.168.99.223')).toBe(true);
    // The shim answers for every address of the host (arp_ignore 0).
    expect(lab.reaches('m1', '192.168.99.109')).toBe(true);
  });
});

describe.each(['l3', 'l3s'])('ipvlan mode %s', (mode) => {
  function layer3Lab(): LinkLab {
    const lab = new LinkLab();
    lab.container('m1', 'eth0', `ipvlan mode ${mode}`, '10.50.1.10/24');
    lab.container('m2', 'eth0', `ipvlan mode ${mode}`, '10.50.2.10/24');
    for (const name of ['m1', 'm2']) lab.ok(`ip -n ${name} route add default dev eth0`);
    return lab;
  }

  test('subnets of one parent reach each other; the outside needs a route back', () => {
    const lab = layer3Lab();
    expect(lab.reaches('m1', '10.50.2.10')).toBe(true);
    expect(lab.reaches('m1', '192.168.99.1')).toBe(false);
    lab.ok('ip route add 10.50.0.0/16 via 192.168.99.109', lab.outside);
    expect(lab.reaches('m1', '192.168.99.1')).toBe(true);
    expect(lab.reaches('', '10.50.1.10', lab.outside)).toBe(true);
    lab.ok('ip route change 10.50.0.0/16 dev eth0', lab.outside);
    // No ipvlan answers ARP in this mode.
    expect(lab.reaches('', '10.50.1.10', lab.outside)).toBe(false);
    lab.wait(10);
    expect(lab.inFlight).toBe(0);
  });

  test('only l3s takes what comes in through the hooks of the host', () => {
    const lab = layer3Lab();
    lab.ok('ip route add 10.50.0.0/16 via 192.168.99.109', lab.outside);
    let seen = 0;
    lab.host1.initNamespace.hooks4.register(1, {
      priority: 0,
      run: () => {
        seen++;
        return 1;
      },
    });
    expect(lab.reaches('', '10.50.1.10', lab.outside)).toBe(true);
    expect(seen).toBe(mode === 'l3s' ? 1 : 0);
  });
});
