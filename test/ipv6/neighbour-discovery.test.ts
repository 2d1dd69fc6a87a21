import { describe, expect, it } from 'vitest';
import {
  NUD_DELAY,
  NUD_FAILED,
  NUD_INCOMPLETE,
  NUD_PROBE,
  NUD_REACHABLE,
  NUD_STALE,
} from '../../core/namespace/neighbour.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { advertisement, echoRequest, icmp6, messageOf, routerAdvertisement, solicitation } from './frames.ts';
import { addAddress, inject, Lab6, record, stackOf, twoNodes, up } from './lab.ts';

const ROUTER = 0x80;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;
const KNOWN = '02:00:00:00:00:0b';
const OTHER = '02:00:00:00:00:ee';

describe('duplicate address detection (RFC 4862 section 5.4)', () => {
  it('two nodes that choose one address at once both give it up', () => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0a' },
    );
    up(a, b);
    lab.wait(5);
    // The one that asks first fails when the other's question comes; the other one's is answered by nobody.
    const states = [a, b].map((dev) => dev.ipv6!.addresses[0]!.tentative);
    expect(states).toContain(true);
    expect(lab.held).toBe(0);
  });

  it.each([
    ['an address in use is defended to all nodes', false, 'fd00::b', true],
    ['an address nobody has is taken', false, 'fd00::c', false],
  ])('%s', (_name, _unused, wanted, conflicts) => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    stackOf(a).addAddress(a, parseIpv6(wanted), 64);
    lab.wait(5);
    expect(a.ipv6!.find(parseIpv6(wanted))!.tentative).toBe(conflicts);
    const answers = seen.map(({ bytes }) => messageOf(bytes)).filter((message) => message?.type === 136);
    expect(
      answers.map((answer) => `${answer!.from} > ${answer!.to} ${answer!.bytes[4]!.toString(16)}`),
    ).toEqual(conflicts ? ['fd00::b > ff02::1 20'] : []);
  });

  it('its own solicitation that comes back, told by the nonce, is no conflict', () => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const address = stackOf(a).addAddress(a, parseIpv6('fd00::c'), 64);
    while (!seen.some(({ bytes }) => messageOf(bytes)?.type === 135)) lab.wait(0.05);
    const own = seen.find(({ bytes }) => messageOf(bytes)?.type === 135)!;
    inject(lab, a, own.bytes);
    lab.wait(5);
    expect(address.tentative).toBe(false);
  });
});

/** RFC 4861 section 7.2.5 and appendix C, as neigh_update has it. */
describe('a neighbour advertisement', () => {
  it.each([
    // old state, flags, MAC option, new state, new MAC
    [NUD_INCOMPLETE, SOLICITED, OTHER, NUD_REACHABLE, OTHER],
    [NUD_INCOMPLETE, 0, OTHER, NUD_DELAY, OTHER],
    [NUD_INCOMPLETE, OVERRIDE, null, NUD_INCOMPLETE, null],
    [NUD_REACHABLE, SOLICITED, KNOWN, NUD_REACHABLE, KNOWN],
    [NUD_REACHABLE, 0, KNOWN, NUD_REACHABLE, KNOWN],
    [NUD_REACHABLE, SOLICITED, OTHER, NUD_STALE, KNOWN],
    [NUD_REACHABLE, SOLICITED | OVERRIDE, OTHER, NUD_REACHABLE, OTHER],
    [NUD_REACHABLE, OVERRIDE, OTHER, NUD_STALE, OTHER],
    [NUD_STALE, SOLICITED, KNOWN, NUD_REACHABLE, KNOWN],
    [NUD_STALE, SOLICITED, null, NUD_REACHABLE, KNOWN],
    [NUD_STALE, SOLICITED, OTHER, NUD_STALE, KNOWN],
    [NUD_STALE, OVERRIDE, OTHER, NUD_STALE, OTHER],
  ])('state %i, flags %i, address %s: state %i', (old, flags, mac, wantState, wantMac) => {
    const { lab, a } = twoNodes();
    const entry = stackOf(a).ndisc.neighbour(a, parseIpv6('fd00::dd'));
    if (old === NUD_INCOMPLETE) {
      const socket = new Raw6Socket(a.netns, 58, null);
      socket.sendTo(echoRequest(), parseIpv6('fd00::dd'));
    } else {
      entry.update(parseMac(KNOWN), 0, old, true);
    }
    expect(entry.state).toBe(old);
    const toMac = formatMac(a.mac);
    inject(lab, a, icmp6({ from: 'fd00::dd', to: 'fd00::a', toMac }, advertisement('fd00::dd', flags, mac)));
    expect(entry.state).toBe(wantState);
    if (wantMac !== null) expect(formatMac(entry.lladdr)).toBe(wantMac);
    lab.wait(20);
    expect(lab.held).toBe(0);
  });

  it('makes no entry when nobody asked, and says who is a router', () => {
    const { lab, a } = twoNodes();
    const toMac = formatMac(a.mac);
    const from = { from: 'fd00::dd', to: 'fd00::a', toMac };
    inject(lab, a, icmp6(from, advertisement('fd00::dd', ROUTER | OVERRIDE, OTHER)));
    expect(a.ipv6!.neighbours.get(parseIpv6('fd00::dd'))).toBeUndefined();
    const entry = stackOf(a).ndisc.neighbour(a, parseIpv6('fd00::dd'));
    entry.update(parseMac(KNOWN), 0, NUD_STALE, true);
    inject(lab, a, icmp6(from, advertisement('fd00::dd', ROUTER | SOLICITED, KNOWN)));
    expect(entry.isRouter).toBe(true);
  });
});

describe('a neighbour solicitation', () => {
  it.each([
    ['multicast', 'ff02::1:ff00:a', SOLICITED | OVERRIDE, 32],
    // A unicast one is answered without the option and without override (ndisc_recv_ns).
    ['unicast', 'fd00::a', SOLICITED, 24],
  ])('%s is answered with the right flags', (_kind, to, flags, length) => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const toMac = to === 'fd00::a' ? formatMac(a.mac) : '33:33:ff:00:00:0a';
    inject(lab, a, icmp6({ from: 'fd00::b', to, toMac, fromMac: KNOWN }, solicitation('fd00::a', KNOWN)));
    const answer = seen.map(({ bytes }) => messageOf(bytes)).find((message) => message?.type === 136)!;
    expect(answer.bytes[4]).toBe(flags);
    expect(answer.bytes.length).toBe(length);
    expect(answer.hops).toBe(255);
    expect(answer.to).toBe('fd00::b');
    // Learned as stale, and used at once for the answer.
    expect(a.ipv6!.neighbours.get(parseIpv6('fd00::b'))!.state).toBe(NUD_DELAY);
  });

  it('sets the router flag once the device forwards', () => {
    const { lab, a } = twoNodes();
    stackOf(a).setForwarding(1);
    lab.wait(3);
    const seen = record(a);
    const toMac = formatMac(a.mac);
    const frame = icmp6(
      { from: 'fd00::b', to: 'fd00::a', toMac, fromMac: KNOWN },
      solicitation('fd00::a', KNOWN),
    );
    inject(lab, a, frame);
    const answer = seen.map(({ bytes }) => messageOf(bytes)).find((message) => message?.type === 136)!;
    expect(answer.bytes[4]).toBe(ROUTER | SOLICITED);
  });

  it.each([
    ['comes through a router', 'IPV6_NDISC_HOP_LIMIT', { hops: 254 }, solicitation('fd00::a', KNOWN)],
    ['has a code', 'IPV6_NDISC_BAD_CODE', {}, withByte(solicitation('fd00::a', KNOWN), 1, 1)],
    [
      'has an option of length zero',
      'IPV6_NDISC_BAD_OPTIONS',
      {},
      withByte(solicitation('fd00::a', KNOWN), 25, 0),
    ],
    ['asks for a group', 'ICMP_INVALID', {}, solicitation('ff02::1', KNOWN)],
    ['is too short', 'PKT_TOO_SMALL', {}, solicitation('fd00::a', KNOWN).slice(0, 20)],
    ['has a source option from ::', 'IPV6_NDISC_BAD_OPTIONS', { from: '::' }, solicitation('fd00::a', KNOWN)],
    ['asks for somebody else', 'IPV6_NDISC_NOT_FOR_US', {}, solicitation('fd00::1:a', KNOWN)],
  ] as const)('that %s is dropped', (_name, reason, options, message) => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const before = lab.host.dropsOf(reason);
    const from = { from: 'fd00::b', to: 'ff02::1:ff00:a', fromMac: KNOWN, ...options };
    inject(lab, a, icmp6(from, message));
    expect(lab.host.dropsOf(reason)).toBe(before + 1);
    expect(seen.length).toBe(1);
    expect(lab.held).toBe(0);
  });
});

function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const out = bytes.slice();
  out[index] = value;
  return out;
}

describe('neighbour unreachability detection (RFC 4861 section 7.3)', () => {
  it('resolves, goes stale, probes by unicast and fails', () => {
    const { lab, a, b, B } = twoNodes();
    const socket = new Raw6Socket(a.netns, 58, null);
    socket.recvErr = true;
    const seen = record(a);
    socket.sendTo(echoRequest(), B);
    const entry = a.ipv6!.neighbours.get(B)!;
    expect(entry.state).toBe(NUD_REACHABLE);
    lab.wait(50);
    expect(entry.state).toBe(NUD_STALE);
    socket.sendTo(echoRequest(), B);
    expect(entry.state).toBe(NUD_DELAY);
    b.netns.ipv6!.setDisabled(b, 1);
    lab.wait(5.5);
    expect(entry.state).toBe(NUD_PROBE);
    lab.wait(4);
    expect(entry.state).toBe(NUD_FAILED);
    const kinds = seen
      .map(({ bytes }) => messageOf(bytes)!)
      .filter(({ type, bytes }) => type === 135 && B.equalsBytes(bytes, 8));
    // One multicast question, then three unicast probes, a second apart.
    expect(kinds.map(({ to }) => to)).toEqual(['ff02::1:ff00:b', 'fd00::b', 'fd00::b', 'fd00::b']);
    expect(socket.errors).toEqual([]);
  });

  it('three questions without an answer: the sender hears "address unreachable"', () => {
    const { lab, a } = twoNodes();
    const socket = new Raw6Socket(a.netns, 58, null);
    socket.recvErr = true;
    const seen = record(a);
    const start = lab.sim.nowNs;
    socket.sendTo(echoRequest(), parseIpv6('fd00::77'));
    lab.wait(10);
    const questions = seen.filter(({ bytes }) => messageOf(bytes)?.type === 135);
    // A second apart, give or take the grain of the kernel's timers.
    expect(questions.map(({ timeNs }) => Math.floor((timeNs - start) / 1e9))).toEqual([0, 1, 2]);
    expect(socket.errors.map(({ type, code, offender }) => [type, code, String(offender)])).toEqual([
      [1, 3, 'fd00::a'],
    ]);
    expect(lab.held).toBe(0);
  });
});

describe('router advertisements', () => {
  const ON_LINK_AUTO = 0xc0;
  const prefix = { address: 'fd01::', length: 64, flags: ON_LINK_AUTO, validS: 86400, preferredS: 14400 };
  const advertise = (settings: Parameters<typeof routerAdvertisement>[0]) =>
    icmp6({ from: 'fe80::99', to: 'ff02::1' }, routerAdvertisement(settings));

  it('give an address, a default route, an MTU and a hop limit, and end solicitation', () => {
    const { lab, a } = twoNodes();
    inject(lab, a, advertise({ mac: '02:00:00:00:00:99', mtu: 1400, hopLimit: 33, prefix }));
    lab.wait(3);
    const address = a.ipv6!.find(parseIpv6('fd01::ff:fe00:a'))!;
    expect(address.tentative).toBe(false);
    expect(address.validUntilNs - lab.sim.nowNs).toBe(86397e9);
    const route = stackOf(a).fib.lookup(parseIpv6('2001:db8::1'))!;
    expect(String(route.gateway)).toBe('fe80::99');
    expect(route.metric).toBe(1024);
    expect(stackOf(a).pathMtu.mtu(route, parseIpv6('2001:db8::1'))).toBe(1400);
    expect(a.ipv6!.hopLimit).toBe(33);
    const seen = record(a);
    lab.wait(1790);
    const own = seen.filter(({ bytes }) => messageOf(bytes)?.from === 'fe80::ff:fe00:a');
    expect(own.filter(({ bytes }) => messageOf(bytes)?.type === 133)).toEqual([]);
    expect(stackOf(a).fib.lookup(parseIpv6('2001:db8::1'))).not.toBeNull();
    lab.wait(10);
    expect(stackOf(a).fib.lookup(parseIpv6('2001:db8::1'))).toBeNull();
  });

  it('addresses are deprecated, then go', () => {
    const { lab, a } = twoNodes();
    inject(lab, a, advertise({ prefix: { ...prefix, validS: 7300, preferredS: 100 } }));
    lab.wait(50);
    const address = a.ipv6!.find(parseIpv6('fd01::ff:fe00:a'))!;
    expect(address.deprecated).toBe(false);
    lab.wait(51);
    expect(address.deprecated).toBe(true);
    lab.wait(7200);
    expect(a.ipv6!.find(address.address)).toBeNull();
    expect(stackOf(a).fib.lookup(parseIpv6('fd01::5'))).toBeNull();
  });

  it('one advertisement does not cut a lifetime below two hours', () => {
    const { lab, a } = twoNodes();
    inject(lab, a, advertise({ prefix }));
    lab.wait(3);
    inject(lab, a, advertise({ prefix: { ...prefix, validS: 10, preferredS: 10 } }));
    const address = a.ipv6!.find(parseIpv6('fd01::ff:fe00:a'))!;
    expect(address.validUntilNs - lab.sim.nowNs).toBe(7200e9);
  });

  it.each([
    ['from a router', 1, 1, false],
    ['to a router told to take them', 2, 1, true],
    ['with accept_ra off', 0, 0, false],
  ])('%s: taken or not', (_name, acceptRa, forwarding, taken) => {
    const { lab, a } = twoNodes();
    a.ipv6!.acceptRa = acceptRa;
    stackOf(a).setForwarding(forwarding);
    inject(lab, a, advertise({ prefix }));
    lab.wait(3);
    expect(stackOf(a).fib.lookup(parseIpv6('2001:db8::1')) !== null).toBe(taken);
  });

  it('not from an address beyond the link', () => {
    const { lab, a } = twoNodes();
    inject(lab, a, icmp6({ from: 'fd00::99', to: 'ff02::1' }, routerAdvertisement({ prefix })));
    expect(stackOf(a).fib.lookup(parseIpv6('2001:db8::1'))).toBeNull();
  });
});

/** RFC 6724 section 5, the examples of section 10.1 that Linux's rules decide. */
describe('source address selection', () => {
  it.each([
    [['2001:db8:1::1', 'fe80::1'], '2001:db8:5::1', '2001:db8:1::1'],
    [['2001:db8:1::2', '2001:db8:3::2'], '2001:db8:1::5', '2001:db8:1::2'],
    [['fd00::1', '2001:db8:1::1'], 'fd00:1::9', 'fd00::1'],
    [['fd00::1', '2001:db8:1::1'], '2001:db8:9::9', '2001:db8:1::1'],
    [['2002:c633:6401::1', '2001:db8:1::1'], '2002:c633:6401::5', '2002:c633:6401::1'],
  ])('of %j for %s: %s', (own, destination, want) => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
    );
    up(a, b);
    for (const address of own) addAddress(a, `${address}/64`);
    expect(String(stackOf(a).selectSourceAddress(a, parseIpv6(destination)))).toBe(want);
  });

  it('a link-local destination is reached from the link-local address', () => {
    const { a } = twoNodes();
    expect(String(stackOf(a).selectSourceAddress(a, Ipv6Address.ALL_NODES))).toBe('fe80::ff:fe00:a');
  });
});
