import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NF_ACCEPT, NF_DROP, NF_INET_FORWARD } from '../../core/netfilter/hook.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { EMSGSIZE } from '../../core/socket/errno.ts';
import { get16, get32, put16, put32 } from '../../protocols/bytes.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { echoRequest, frame6, icmp6, messageOf, type Message } from './frames.ts';
import { addAddress, addRoute, inject, Lab6, record, stackOf, twoNodes, up, type Seen } from './lab.ts';

const A_MAC = '02:00:00:00:00:0a';

/** The ICMPv6 messages of some types that passed. */
function messages(seen: Seen[], ...types: number[]): Message[] {
  return seen
    .map(({ bytes }) => messageOf(bytes))
    .filter((message): message is Message => message !== null && types.includes(message.type));
}

/** a — r — b, r a router whose link to b may be narrower. */
function routed(mtu = 1500) {
  const lab = new Lab6();
  const r = lab.namespace('r');
  const [a, ra] = lab.pair(
    { netns: lab.namespace('a'), name: 'eth0', mac: A_MAC },
    { netns: r, name: 'eth0', mac: '02:00:00:00:01:01' },
  );
  const [rb, b] = lab.pair(
    { netns: r, name: 'eth1', mac: '02:00:00:00:01:02' },
    { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
  );
  rb.mtu = mtu;
  r.ipv6!.setForwarding(1);
  up(a, ra, rb, b);
  addAddress(a, 'fd0a::2/64');
  addAddress(ra, 'fd0a::1/64');
  addAddress(rb, 'fd0b::1/64');
  addAddress(b, 'fd0b::2/64');
  addRoute(a, '::/0', 'fd0a::1');
  addRoute(b, '::/0', 'fd0b::1');
  lab.wait(5);
  return { lab, a, ra, rb, b, r };
}

describe('echo (RFC 4443 section 4)', () => {
  it.each([
    ['fd00::b', 'fd00::b'],
    ['fe80::ff:fe00:b', 'fe80::ff:fe00:b'],
    // A group is answered from an address of the device, and this machine answers too.
    ['ff02::1', 'fe80::ff:fe00:b'],
  ])('to %s is answered by %s', (to, from) => {
    const { lab, a } = twoNodes();
    const socket = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
    socket.passOnly(129);
    expect(socket.sendTo(echoRequest(32), parseIpv6(to), a)).toBe(0);
    lab.wait(1);
    const answers: string[] = [];
    for (let answer = socket.receive(); answer !== null; answer = socket.receive()) {
      answers.push(String(answer.source));
      expect(answer.data.length).toBe(40);
      expect(answer.hopLimit).toBe(64);
    }
    expect(answers).toContain(from);
    expect(answers.length).toBe(to === 'ff02::1' ? 2 : 1);
    expect(lab.held).toBe(0);
  });

  it('to ::1 and to an own address stays on loopback', () => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const socket = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
    socket.passOnly(129);
    for (const to of ['::1', 'fd00::a', 'fe80::ff:fe00:a']) {
      expect(socket.sendTo(echoRequest(), parseIpv6(to), to.startsWith('fe80') ? a : null)).toBe(0);
      expect(String(socket.receive()?.source)).toBe(to);
    }
    expect(seen).toEqual([]);
    expect(lab.held).toBe(0);
  });
});

describe('headers (RFC 8200 section 4)', () => {
  const options = { from: 'fd00::b', to: 'fd00::a', fromMac: '02:00:00:00:00:0b', toMac: A_MAC };
  const DISCARD_AND_TELL = 0x80 | 0x1e;
  const TELL_UNLESS_GROUP = 0xc0 | 0x1e;
  it.each([
    ['an unknown next header', 253, [1, 2, 3, 4], [4, 1, 6]],
    ['an unknown next header after options', 60, [253, 0, 1, 4, 0, 0, 0, 0], [4, 1, 40]],
    [
      'hop-by-hop options that are not first',
      60,
      [0, 0, 1, 4, 0, 0, 0, 0, 59, 0, 1, 4, 0, 0, 0, 0],
      [4, 1, 40],
    ],
    ['an option to be reported', 60, [59, 0, DISCARD_AND_TELL, 4, 0, 0, 0, 0], [4, 2, 42]],
    ['an option to be reported, to one', 0, [59, 0, TELL_UNLESS_GROUP, 4, 0, 0, 0, 0], [4, 2, 42]],
    ['an option to be discarded', 60, [59, 0, 0x5e, 4, 0, 0, 0, 0], null],
    ['an option to be skipped', 60, [253, 0, 0x1e, 4, 0, 0, 0, 0], [4, 1, 40]],
    ['a routing header that leads on', 43, [59, 0, 0, 1, 0, 0, 0, 0], [4, 0, 42]],
    ['a routing header that has led here', 43, [253, 0, 0, 0, 0, 0, 0, 0], [4, 1, 40]],
    ['no next header', 59, [], null],
    ['an atomic fragment', 44, [253, 0, 0, 0, 0, 0, 0, 9, 1, 2], [4, 1, 40]],
    ['a fragment that is no multiple of eight', 44, [17, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3], [4, 0, 4]],
  ])('%s', (_name, nextHeader, payload, want) => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    inject(lab, a, frame6({ ...options, hops: 64 }, nextHeader, Uint8Array.from(payload)));
    const errors = messages(seen, 4).map(({ type, code, bytes }) => [type, code, get32(bytes, 4)]);
    expect(errors).toEqual(want === null ? [] : [want]);
    lab.wait(70);
    expect(lab.held).toBe(0);
  });

  it('an option that forbids delivery is not reported when it was sent to a group', () => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const payload = Uint8Array.from([59, 0, TELL_UNLESS_GROUP, 4, 0, 0, 0, 0]);
    inject(lab, a, frame6({ from: 'fd00::b', to: 'ff02::1' }, 60, payload));
    expect(messages(seen, 4)).toEqual([]);
  });
});

describe('errors', () => {
  it('a closed port: quoted up to 1280 bytes, no more than six at once', () => {
    const { lab, a, B } = twoNodes();
    const socket = new Udp6Socket(a.netns);
    const seen = record(a);
    for (let i = 0; i < 20; i++) socket.sendTo(new Uint8Array(1400), B, 9);
    lab.wait(0.1);
    const errors = messages(seen, 1);
    expect(errors.length).toBe(6);
    expect(errors[0]!.code).toBe(4);
    expect(errors[0]!.bytes.length).toBe(1280 - 40);
    lab.wait(1);
    expect(lab.held).toBe(0);
  });

  it('a hop limit that runs out is reported by the router; link-local sources are not carried', () => {
    const { lab, a, b } = routed();
    const socket = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
    socket.recvErr = true;
    socket.hopLimit = 1;
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    lab.wait(1);
    expect(socket.errors.map(({ type, code, offender }) => [type, code, String(offender)])).toEqual([
      [3, 0, 'fd0a::1'],
    ]);
    socket.takeError();
    socket.hopLimit = 64;
    socket.errors.length = 0;
    const seen = record(b);
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    lab.wait(1);
    expect(messages(seen, 128)[0]!.hops).toBe(63);
    socket.localAddress = parseIpv6('fe80::ff:fe00:a');
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    lab.wait(1);
    expect(socket.errors.map(({ type, code }) => [type, code])).toEqual([[1, 2]]);
  });

  it('no route is said so; without forwarding a router is silent', () => {
    const { lab, a, r } = routed();
    const socket = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
    socket.recvErr = true;
    socket.sendTo(echoRequest(), parseIpv6('2001:db8::1'));
    lab.wait(1);
    expect(socket.errors.map(({ type, code }) => [type, code])).toEqual([[1, 0]]);
    socket.errors.length = 0;
    socket.takeError();
    r.ipv6!.setForwarding(0);
    const before = lab.host.dropsOf('IP_FORWARDING_OFF');
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    lab.wait(1);
    expect(lab.host.dropsOf('IP_FORWARDING_OFF')).toBe(before + 1);
    expect(socket.errors).toEqual([]);
  });
});

describe('path MTU (RFC 8201) and fragments (RFC 8200 section 4.5)', () => {
  it('"packet too big" is learned, and the source fragments from then on', () => {
    const { lab, a, b } = routed(1300);
    const server = new Udp6Socket(b.netns);
    server.bind(Ipv6Address.UNSPECIFIED, 7000);
    const client = new Udp6Socket(a.netns);
    const seen = record(b);
    const data = new Uint8Array(1400).map((_, i) => i & 0xff);
    client.sendTo(data, parseIpv6('fd0b::2'), 7000);
    lab.wait(1);
    expect(server.receive()).toBeNull();
    client.sendTo(data, parseIpv6('fd0b::2'), 7000);
    lab.wait(1);
    expect(server.receive()?.data).toEqual(data);
    const fragments = seen.filter(({ bytes }) => bytes[20] === PROTO.FRAGMENT);
    expect(fragments.map(({ bytes }) => [bytes.length - 14, get16(bytes, 56)])).toEqual([
      [1296, 1],
      [48 + 1408 - 1248, 1248],
    ]);
    const strict = new Udp6Socket(a.netns);
    strict.pmtuDiscover = 2;
    expect(strict.sendTo(data, parseIpv6('fd0b::2'), 7000)).toBe(EMSGSIZE);
    lab.wait(700);
    expect(strict.sendTo(data, parseIpv6('fd0b::2'), 7000)).toBe(0);
    lab.wait(1);
    server.close();
    expect(lab.held).toBe(0);
  });

  /** Fragments of one datagram: offsets and lengths of its UDP header and data, in the order they arrive. */
  it.each([
    [
      'in order',
      [
        [0, 1008, 1],
        [1008, 400, 0],
      ],
      true,
    ],
    [
      'out of order',
      [
        [1008, 400, 0],
        [0, 1008, 1],
      ],
      true,
    ],
    [
      'a duplicate',
      [
        [0, 1008, 1],
        [0, 1008, 1],
        [1008, 400, 0],
      ],
      true,
    ],
    [
      'an overlap',
      [
        [0, 1008, 1],
        [1000, 16, 1],
        [1008, 400, 0],
      ],
      false,
    ],
    [
      'one missing',
      [
        [0, 504, 1],
        [1008, 400, 0],
      ],
      false,
    ],
    [
      'past the end',
      [
        [1008, 400, 0],
        [1408, 8, 1],
        [0, 1008, 1],
      ],
      false,
    ],
  ])('reassembly, %s: %j', (_name, pieces, whole) => {
    const { lab, a } = twoNodes();
    const server = new Udp6Socket(a.netns);
    server.bind(Ipv6Address.UNSPECIFIED, 7000);
    const datagram = udpDatagram(1400);
    for (const [offset, length, more] of pieces) {
      const payload = new Uint8Array(8 + length!);
      payload[0] = PROTO.UDP;
      put16(payload, 2, offset! | more!);
      put32(payload, 4, 77);
      payload.set(datagram.subarray(offset, offset! + length!), 8);
      inject(
        lab,
        a,
        frame6({ from: 'fd00::b', to: 'fd00::a', toMac: A_MAC, hops: 64 }, PROTO.FRAGMENT, payload),
      );
    }
    const got = server.receive();
    expect(got !== null).toBe(whole);
    if (got !== null) expect(got.data).toEqual(datagram.slice(8));
    lab.wait(61);
    expect(lab.held).toBe(0);
  });

  it('a time-out is reported when the first fragment came', () => {
    const { lab, a } = twoNodes();
    const seen = record(a);
    const payload = new Uint8Array(16);
    payload.set([PROTO.UDP, 0, 0, 1, 0, 0, 0, 5]);
    inject(lab, a, frame6({ from: 'fd00::b', to: 'fd00::a', toMac: A_MAC }, PROTO.FRAGMENT, payload));
    lab.wait(59);
    expect(messages(seen, 3)).toEqual([]);
    lab.wait(2);
    expect(messages(seen, 3).map(({ code }) => code)).toEqual([1]);
  });

  it('neighbour discovery in fragments is refused (RFC 6980)', () => {
    const { lab, a } = twoNodes();
    const message = icmp6(
      { from: 'fd00::b', to: 'fd00::a', toMac: A_MAC },
      new Uint8Array(32).fill(135, 0, 1),
    );
    const body = message.subarray(54);
    for (const [offset, more] of [
      [0, 1],
      [16, 0],
    ]) {
      const payload = new Uint8Array(8 + 16);
      payload.set([PROTO.ICMPV6, 0, 0, offset! | more!, 0, 0, 0, 6]);
      payload.set(body.subarray(offset, offset! + 16), 8);
      inject(lab, a, frame6({ from: 'fd00::b', to: 'fd00::a', toMac: A_MAC }, PROTO.FRAGMENT, payload));
    }
    expect(lab.host.dropsOf('IPV6_NDISC_FRAG')).toBe(1);
  });
});

function udpDatagram(length: number): Uint8Array {
  const lab = twoNodes();
  const socket = new Udp6Socket(lab.b.netns);
  socket.bind(lab.B, 6000);
  lab.b.mtu = 9000;
  lab.a.mtu = 9000;
  const seen = record(lab.b);
  socket.sendTo(
    new Uint8Array(length).map((_, i) => (i * 7) & 0xff),
    lab.A,
    7000,
  );
  const sent = seen.map(({ bytes }) => bytes).find((bytes) => bytes[20] === PROTO.UDP);
  return sent!.slice(54);
}

describe('hooks', () => {
  it('FORWARD sees the packet with its hop limit lowered, and may drop it', () => {
    const { lab, a, b, r } = routed();
    let verdict = NF_ACCEPT;
    const hops: number[] = [];
    r.hooks6.register(NF_INET_FORWARD, {
      priority: 0,
      run: (packet, inDev, outDev) => {
        hops.push(packet.buf[packet.networkOffset + 7]!);
        expect(inDev !== outDev).toBe(true);
        return verdict;
      },
    });
    const socket = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
    socket.passOnly(129);
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    lab.wait(1);
    expect(hops).toEqual([63, 63]);
    expect(socket.receive()).not.toBeNull();
    verdict = NF_DROP;
    const seen = record(b);
    socket.sendTo(echoRequest(), parseIpv6('fd0b::2'));
    expect(messages(seen, 128)).toEqual([]);
  });
});

describe('any bytes', () => {
  const { lab, a, A } = twoNodes(9);
  const server = new Udp6Socket(a.netns);
  server.bind(Ipv6Address.UNSPECIFIED, 7000);
  const raw = new Raw6Socket(a.netns, PROTO.ICMPV6, null);
  raw.receiveBufferBytes = 1000;

  const settle = (): void => {
    lab.wait(100);
    while (server.receive() !== null);
    while (raw.receive() !== null);
    expect(lab.held).toBe(0);
  };

  it('after an IPv6 header never throw, and no packet is lost', () => {
    const nextHeader = fc.constantFrom(0, 6, 17, 43, 44, 58, 59, 60, 51, 200);
    const body = fc.uint8Array({ maxLength: 200 });
    const to = fc.constantFrom('fd00::a', 'ff02::1', 'ff02::1:ff00:a', 'fd00::77', '::1', '::');
    const from = fc.constantFrom('fd00::b', '::', 'fe80::9', 'ff02::1', '::1', 'fd00::a');
    fc.assert(
      fc.property(nextHeader, body, to, from, fc.nat(255), (protocol, payload, destination, source, hops) => {
        const toMac = destination.startsWith('ff') ? undefined : formatMac(a.mac);
        const options = { from: source, to: destination, hops, ...(toMac === undefined ? {} : { toMac }) };
        inject(lab, a, frame6(options, protocol, payload));
      }),
      { numRuns: 3000 },
    );
    settle();
  });

  it('after an ICMPv6 header never throw', () => {
    const type = fc.constantFrom(1, 2, 3, 4, 128, 129, 130, 133, 134, 135, 136, 137, 143);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), fc.boolean(), (kind, rest, group) => {
        const message = Uint8Array.from([kind, 0, 0, 0, ...rest]);
        const to = group ? { to: 'ff02::1' } : { to: 'fd00::a', toMac: A_MAC };
        inject(lab, a, icmp6({ from: 'fe80::9', ...to }, message));
      }),
      { numRuns: 3000 },
    );
    settle();
  });

  it('as a whole frame never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const frame = new Uint8Array(14 + bytes.length);
        frame.set(a.mac);
        put16(frame, 12, 0x86dd);
        frame.set(bytes, 14);
        inject(lab, a, frame);
      }),
      { numRuns: 2000 },
    );
    settle();
    expect(stackOf(a).fib.isLocal(A)).toBe(true);
  });
});
