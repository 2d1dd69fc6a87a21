import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkLocalFromMac } from '../../protocols/ipv6-address.ts';
import { namespaceByName } from '../../core/host/namespace-file.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { isUdpChecksumValid } from '../../protocols/udp.ts';
import { get16 } from '../../protocols/bytes.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { LinkLab, watch, type Frame } from './lab.ts';

const M1 = '02:42:c0:a8:63:c0';
const M2 = '02:42:c0:a8:63:c1';

function macvlanPair(mode = 'bridge'): LinkLab {
  const lab = new LinkLab();
  lab.container('m1', 'eth0', `macvlan mode ${mode}`, '192.168.99.192/24', M1);
  lab.container('m2', 'eth0', `macvlan mode ${mode}`, '192.168.99.193/24', M2);
  return lab;
}

/** `02:… > ff:…`, with the direction. */
function summary(frames: readonly Frame[]): string[] {
  return frames.map(
    ({ bytes, out }) => `${out ? 'out' : 'in'} ${formatMac(bytes, 6)} > ${formatMac(bytes, 0)}`,
  );
}

describe('macvlan', () => {
  test('unicast between siblings shows on the parent and not on the wire; broadcasts go out', () => {
    const lab = macvlanPair();
    const parent = watch(lab.eth0);
    const wire = watch(lab.outsideEth0);
    expect(lab.reaches('m1', '192.168.99.193')).toBe(true);
    const broadcast = `${M1} > ff:ff:ff:ff:ff:ff`;
    expect(summary(parent)).toEqual([
      `out ${broadcast}`,
      `in ${M2} > ${M1}`,
      `in ${M1} > ${M2}`,
      `in ${M2} > ${M1}`,
    ]);
    expect(summary(wire)).toEqual([`in ${broadcast}`]);
  });

  test('a broadcast from outside reaches the host and every macvlan, whatever its mode', () => {
    const lab = new LinkLab();
    const taps = ['bridge', 'vepa', 'private'].map((mode, i) =>
      watch(lab.container(mode, 'eth0', `macvlan mode ${mode}`, `192.168.99.20${i}/24`).device('eth0')!),
    );
    const host = watch(lab.eth0);
    expect(lab.reaches('', '192.168.99.109', lab.outside)).toBe(true);
    for (const frames of taps) expect(frames.filter(({ bytes }) => bytes[0] === 0xff)).toHaveLength(1);
    expect(host.filter(({ bytes }) => bytes[0] === 0xff)).toHaveLength(1);
  });

  test('a parent without a unicast filter turns promiscuous while macvlans are up', () => {
    const lab = macvlanPair();
    expect(lab.ok('ip -d link show eth0')).toContain(' promiscuity 1 ');
    lab.ok('ip -n m1 link set eth0 down; ip netns del m2');
    expect(lab.ok('ip -d link show eth0')).toContain(' promiscuity 0 ');
    lab.ok('ip -n m1 link set eth0 up');
    expect(lab.eth0.promiscuity).toBe(1);
  });

  test('a card with a filter lets the addresses in; one that refuses them does not', () => {
    const lab = macvlanPair();
    lab.ok('ip -n m1 link set eth0 down; ip -n m2 link set eth0 down');
    lab.eth0.filtersForeignMacs = true;
    lab.ok('ip -n m1 link set eth0 up');
    expect(lab.eth0.promiscuity).toBe(0);
    expect(lab.reaches('', '192.168.99.192', lab.outside)).toBe(true);
    lab.eth0.refusesForeignMacs = true;
    expect(lab.reaches('', '192.168.99.192', lab.outside)).toBe(false);
    expect(lab.host1.dropsOf('NIC_FOREIGN_MAC')).toBeGreaterThan(0);
  });

  test('a switch that knows the cards drops what macvlans send, but not ipvlans', () => {
    const lab = new LinkLab({ refusesForeignMacs: true });
    lab.container('m1', 'eth0', 'macvlan mode bridge', '192.168.99.192/24');
    lab.container('i1', 'eth1', 'ipvlan mode l2', '192.168.99.193/24');
    expect(lab.reaches('m1', '192.168.99.1')).toBe(false);
    expect(lab.host1.dropsOf('SWITCH_FOREIGN_MAC')).toBeGreaterThan(0);
    expect(lab.reaches('i1', '192.168.99.1')).toBe(true);
  });

  test('passthru takes the MAC of the parent, gives it its own, and puts it back', () => {
    const lab = new LinkLab();
    lab.ok('ip netns add m1; ip link add tmp link eth0 type macvlan mode passthru; ip link set tmp netns m1');
    expect(lab.ok('ip -n m1 link show tmp')).toContain('link/ether 02:00:c0:a8:63:6d');
    lab.ok(`ip -n m1 link set tmp address ${M1}; ip -n m1 link set tmp up`);
    expect(lab.ok('ip -d link show eth0')).toMatch(new RegExp(`link/ether ${M1} .* promiscuity 1 `));
    expect(lab.reaches('', '192.168.99.1')).toBe(false);
    expect(lab.run('ip link add b link eth0 type macvlan mode bridge').stderr).toBe(
      'RTNETLINK answers: Invalid argument\n',
    );
    lab.ok('ip netns del m1');
    expect(lab.ok('ip -d link show eth0')).toMatch(/link\/ether 02:00:c0:a8:63:6d .* promiscuity 0 /);
    expect(lab.reaches('', '192.168.99.1')).toBe(true);
  });

  test('follows its parent: carrier, MTU, removal', () => {
    const lab = macvlanPair();
    lab.ok('ip link set eth0 mtu 1400');
    expect(lab.ok('ip -n m1 link show eth0')).toContain('mtu 1400');
    lab.ok('ip link set eth0 down');
    expect(lab.ok('ip -n m1 link show eth0')).toContain('NO-CARRIER');
    lab.ok('ip link add d0 type dummy; ip link add mv0 link d0 type macvlan mode bridge; ip link del d0');
    expect(lab.run('ip link show mv0').exit).toBe(1);
  });

  test.each([
    ['ip link add x link lo type macvlan', 'RTNETLINK answers: Invalid argument\n'],
    ['ip link add x type macvlan', 'RTNETLINK answers: Invalid argument\n'],
    ['ip link add x link eth0 type macvlan mode source', 'Error: not modelled: macvlan mode source.\n'],
    ['ip link add x link eth0 type macvlan mode passthru', 'RTNETLINK answers: Invalid argument\n'],
    ['ip link add x link eth0 type ipvlan', 'RTNETLINK answers: Device or resource busy\n'],
    [
      `ip link add x link eth0 address ${M1} type macvlan; ip link set x up`,
      'RTNETLINK answers: Address already in use\n',
    ],
    ['ip link add x link eth0 type vlan', 'Error: 8021q: VLAN id not specified.\n'],
    ['ip link add x link eth0 type vlan id 4095', 'Error: 8021q: Invalid VLAN id.\n'],
    ['ip link add x link lo type vlan id 5', 'Error: 8021q: VLANs not supported on device.\n'],
    [
      'ip link add x link eth0 type vlan id 5; ip link add y link eth0 type vlan id 5',
      'Error: 8021q: VLAN device already exists.\n',
    ],
    [
      'ip link set eth0 down; ip link add x link eth0 type vlan id 5; ip link set x up',
      'RTNETLINK answers: Network is down\n',
    ],
  ])('%s', (line, stderr) => {
    const lab = macvlanPair();
    expect(lab.run(line).stderr).toBe(stderr);
  });

  test('checksums of its own datagrams are unfinished on itself, and right on the wire', () => {
    const lab = macvlanPair();
    const { host1 } = lab;
    const m1 = namespaceByName(host1, host1.fileSystem, 'm1')!;
    const own = watch(m1.device('eth0')!);
    const wire = watch(lab.outsideEth0);
    expect(lab.reaches('m1', '192.168.99.1')).toBe(true);
    own.length = 0;
    wire.length = 0;
    const socket = new UdpSocket(m1);
    socket.sendTo(new Uint8Array(100), parseIpv4('192.168.99.1'), 9000);
    lab.wait(1);
    const isRight = ({ bytes }: Frame) =>
      isUdpChecksumValid(bytes, 34, 108, parseIpv4('192.168.99.192'), parseIpv4('192.168.99.1'));
    expect(own[0]!.bytes.length).toBe(142);
    expect(isRight(own[0]!)).toBe(false);
    expect(isRight(wire[0]!)).toBe(true);
  });

  test('ip -d link prints the lines of the recording', () => {
    const lab = macvlanPair('private');
    expect(lab.ok('ip -n m1 -d link show eth0')).toContain(
      `    link/ether ${M1} brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 \n` +
        '    macvlan mode private bcqueuelen 1000 usedbcqueuelen 1000 addrgenmode eui64 numtxqueues 1 ',
    );
    lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip link set eth0.50 up');
    expect(lab.ok('ip -d link show eth0.50')).toContain(
      '    link/ether 02:00:c0:a8:63:6d brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 0 maxmtu 65535 \n' +
        '    vlan protocol 802.1Q id 50 <REORDER_HDR> addrgenmode eui64 numtxqueues 1 ',
    );
    const other = new LinkLab();
    other.container('i1', 'eth0', 'ipvlan mode l2', '192.168.99.192/24');
    expect(other.ok('ip -n i1 -d addr show eth0')).toContain(
      '    ipvlan  mode l2 bridge numtxqueues 1 numrxqueues 1 ',
    );
  });
});

describe('802.1Q', () => {
  test('frames are tagged on the wire and plain on the sub-interface', () => {
    const lab = new LinkLab();
    lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip addr add 192.168.50.2/24 dev eth0.50');
    lab.ok('ip link set eth0.50 up');
    const inner = watch(lab.host1.initNamespace.device('eth0.50')!);
    const wire = watch(lab.outsideEth0);
    expect(lab.run('ping -c 1 -W 1 -s 1472 -M do 192.168.50.1').exit).toBe(0);
    expect(wire.length).toBe(4);
    expect(inner.length).toBe(4);
    for (const [index, { bytes }] of wire.entries()) {
      expect(get16(bytes, 12)).toBe(ETHERTYPE.VLAN);
      expect(get16(bytes, 14)).toBe(50);
      const untagged = [...bytes.slice(0, 12), ...bytes.slice(16)];
      expect([...inner[index]!.bytes]).toEqual(untagged);
    }
    expect(wire[2]!.bytes.length).toBe(1518);
  });

  test('sub-interfaces nest, on bridges too, and other tags are dropped', () => {
    const lab = new LinkLab();
    lab.ok(
      'ip link add br0 type bridge; ip link set br0 up; ip addr flush dev eth0; ip link set eth0 master br0',
    );
    lab.ok('ip link add link br0 name br0.50 type vlan id 50; ip link set br0.50 up');
    lab.ok('ip addr add 192.168.50.2/24 dev br0.50');
    expect(lab.reaches('', '192.168.50.1')).toBe(true);
    lab.ok('ip link add link br0.50 name q type vlan id 7; ip addr add 10.7.0.1/24 dev q; ip link set q up');
    const wire = watch(lab.outsideEth0);
    const before = lab.outside.dropsOf('VLAN_NOT_A_MEMBER');
    expect(lab.reaches('', '10.7.0.2')).toBe(false);
    expect([...wire[0]!.bytes.slice(12, 22)]).toEqual([0x81, 0, 0, 50, 0x81, 0, 0, 7, 8, 6]);
    // Not the groups that the bridge reports, which are untagged.
    const tagged = wire.filter(({ out, bytes }) => !out && get16(bytes, 12) === ETHERTYPE.VLAN);
    expect(lab.outside.dropsOf('VLAN_NOT_A_MEMBER') - before).toBe(tagged.length);
  });

  test('goes down and up with its parent, and keeps a MAC of its own', () => {
    const lab = new LinkLab();
    lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip link set eth0.50 up');
    lab.ok('ip addr add 192.168.50.2/24 dev eth0.50');
    lab.ok('ip link set eth0 down');
    expect(lab.ok('ip link show eth0.50')).toContain('<BROADCAST,MULTICAST,M-DOWN>');
    lab.ok('ip link set eth0 up');
    expect(lab.reaches('', '192.168.50.1')).toBe(true);
    lab.ok('ip link set eth0 address 02:00:00:00:00:77');
    expect(lab.ok('ip link show eth0.50')).toContain('link/ether 02:00:00:00:00:77');
    lab.ok('ip link set eth0.50 address 02:00:00:00:00:88');
    expect(lab.eth0.promiscuity).toBe(1);
    expect(lab.reaches('', '192.168.50.1')).toBe(true);
    lab.ok('ip link del eth0.50');
    expect(lab.eth0.promiscuity).toBe(0);
    expect(lab.eth0.vlans).toBe(null);
  });
});

describe('ipvlan', () => {
  test('one address belongs to one of them', () => {
    const lab = new LinkLab();
    lab.container('i1', 'eth0', 'ipvlan mode l2', '192.168.99.192/24');
    lab.ok('ip link add i2 link eth0 type ipvlan mode l2');
    expect(lab.run('ip addr add 192.168.99.192/24 dev i2').stderr).toBe(
      'Error: ipvlan: Address already assigned to an ipvlan device.\n',
    );
    expect(lab.run('ip link set i2 address 02:00:00:00:00:01').stderr).toBe(
      'RTNETLINK answers: Operation not supported\n',
    );
  });

  test("siblings talk behind one MAC, out of the parent's sight", () => {
    const lab = new LinkLab();
    lab.container('i1', 'eth0', 'ipvlan mode l2', '192.168.99.192/24');
    const i2 = lab.container('i2', 'eth0', 'ipvlan mode l2', '192.168.99.193/24');
    const parent = watch(lab.eth0);
    const sibling = watch(i2.device('eth0')!);
    expect(lab.reaches('i1', '192.168.99.193')).toBe(true);
    const shared = '02:00:c0:a8:63:6d';
    expect(summary(parent)).toEqual([`out ${shared} > ff:ff:ff:ff:ff:ff`]);
    expect(summary(sibling)).toEqual([
      `in ${shared} > ff:ff:ff:ff:ff:ff`,
      `out ${shared} > ${shared}`,
      `in ${shared} > ${shared}`,
      `out ${shared} > ${shared}`,
    ]);
    expect(lab.eth0.promiscuity).toBe(0);
  });

  test('each has an interface identifier of its own', () => {
    const lab = new LinkLab();
    lab.ok('ip link add i1 link eth0 type ipvlan mode l2; ip link add i2 link eth0 type ipvlan mode l2');
    const { devices } = lab.host1.initNamespace;
    expect(devices.slice(-2).map((dev) => linkLocalFromMac(dev.mac, 0, dev.deviceId).toString())).toEqual([
      'fe80::200:c000:1a8:636d',
      'fe80::200:c000:2a8:636d',
    ]);
  });

  test('mode l3: what leaves is routed by the host, and passes its OUTPUT, not its FORWARD hook', () => {
    const lab = new LinkLab();
    lab.container('i1', 'eth0', 'ipvlan mode l3', '10.50.1.10/24');
    lab.ok('ip -n i1 route add default dev eth0');
    const seen = [0, 0, 0, 0, 0];
    for (const hook of [0, 1, 2, 3, 4]) {
      lab.host1.initNamespace.hooks4.register(hook, {
        priority: 0,
        run: () => {
          seen[hook]!++;
          return 1;
        },
      });
    }
    const wire = watch(lab.outsideEth0);
    lab.reaches('i1', '192.168.99.1');
    expect(seen).toEqual([0, 0, 0, 1, 1]);
    // The host asks for its own address, and the echo request goes from its MAC.
    expect(formatMac(wire[0]!.bytes, 6)).toBe('02:00:c0:a8:63:6d');
    expect([...wire[0]!.bytes.slice(28, 32)]).toEqual([192, 168, 99, 109]);
  });
});

describe('whatever is done to stacked devices', () => {
  const KINDS = [
    'macvlan mode bridge',
    'macvlan mode vepa',
    'macvlan mode private',
    'macvlan mode passthru',
    'ipvlan mode l2',
    'ipvlan mode l3',
    'ipvlan mode l3s',
    'vlan id 50',
  ];
  const step = fc.oneof(
    fc.record({
      what: fc.constant('add' as const),
      name: fc.integer({ min: 1, max: 4 }),
      lower: fc.constantFrom('eth0', 'eth0', 'eth1', 'eth0.50', 'br0'),
      kind: fc.constantFrom(...KINDS),
    }),
    fc.record({
      what: fc.constantFrom('ping', 'del', 'down', 'up', 'lower-down', 'lower-up', 'from-outside'),
      name: fc.integer({ min: 1, max: 4 }),
    }),
  );

  test('no packet is lost count of, and nothing stays behind', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const lab = new LinkLab({ reflective: steps.length % 2 === 0 });
        lab.ok('ip link add link eth0 name eth0.50 type vlan id 50; ip link set eth0.50 up');
        lab.ok('ip link add br0 type bridge; ip link set br0 up');
        for (const made of steps) {
          const name = `n${made.name}`;
          switch (made.what) {
            case 'add':
              if (lab.run(`ip netns add ${name}`).exit !== 0) break;
              lab.run(
                `ip link add tmp link ${made.lower} type ${made.kind} && ip link set tmp netns ${name} && ` +
                  `ip -n ${name} link set tmp name eth0; ip -n ${name} addr add 192.168.99.20${made.name}/24 dev eth0; ` +
                  `ip -n ${name} link set eth0 up`,
              );
              break;
            case 'ping':
              lab.run(`ip netns exec ${name} ping -c 1 -W 1 192.168.99.20${(made.name % 4) + 1}`);
              lab.run(`ip netns exec ${name} ping -c 1 -W 1 -s 3000 192.168.99.1`);
              break;
            case 'from-outside':
              lab.run(`ping -c 1 -W 1 -s 3000 192.168.99.20${made.name}`, lab.outside);
              break;
            case 'del':
              lab.run(`ip netns del ${name}`);
              break;
            case 'down':
            case 'up':
              lab.run(`ip -n ${name} link set eth0 ${made.what}`);
              break;
            default:
              lab.run(`ip link set eth0 ${made.what.slice(6)}`);
          }
        }
        for (let i = 1; i <= 4; i++) lab.run(`ip netns del n${i}`);
        lab.ok('ip link del eth0.50; ip link del br0');
        lab.wait(60);
        expect(lab.inFlight).toBe(0);
        expect(lab.eth0.promiscuity).toBe(0);
        expect(lab.eth0.rxHandler).toBe(null);
        expect(lab.eth0.uppers).toEqual([]);
        expect(formatMac(lab.eth0.mac)).toBe('02:00:c0:a8:63:6d');
      }),
      { numRuns: 60 },
    );
  });
});
