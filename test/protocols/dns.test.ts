import dnsPacket, { type Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { get16 } from '../../protocols/bytes.ts';
import {
  canonicalDnsName,
  DNS_RCODE,
  DNS_TYPE,
  dnsQuery,
  dnsRcodeName,
  dnsTypeName,
  EDNS_OPTION,
  ednsRecord,
  findEdns,
  parseDnsMessage,
  parseReverseName,
  reverseName,
  writeDnsMessage,
  type DnsData,
  type DnsMessage,
  type DnsRecord,
} from '../../protocols/dns/index.ts';
import { formatIp, parseIp } from '../../protocols/ip-address.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { recordedFrames } from './recorded-frames.ts';

/** The DNS messages over UDP of a recording, queries to the embedded server's own port included. */
function recordedMessages(name: string): Uint8Array[] {
  return recordedFrames(name)
    .filter((frame) => get16(frame, 12) === 0x0800 && frame[23] === 17)
    .map((frame) => frame.slice(42));
}

const byte = fc.nat(255);
const label = fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,12}$/), fc.constantFrom('a', 'b', 'web', 'tasks'));
const name = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.'));
const word16 = fc.nat(0xffff);
const word32 = fc.nat(0xffffffff);

const data: fc.Arbitrary<readonly [number, DnsData]> = fc.oneof(
  word32.map((address) => [DNS_TYPE.A, { kind: 'A', address }] as const),
  fc
    .tuple(word32, word32, word32, word32)
    .map((w) => [DNS_TYPE.AAAA, { kind: 'AAAA', address: new Ipv6Address(...w) }] as const),
  fc
    .tuple(fc.constantFrom(DNS_TYPE.NS, DNS_TYPE.CNAME, DNS_TYPE.PTR), name)
    .map(([type, n]) => [type, { kind: 'name', name: n }] as const),
  fc
    .tuple(word16, name)
    .map(([preference, exchange]) => [DNS_TYPE.MX, { kind: 'MX', preference, exchange }] as const),
  fc
    .array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 3 })
    .map((strings) => [DNS_TYPE.TXT, { kind: 'TXT', strings }] as const),
  fc
    .tuple(word16, word16, word16, name)
    .map(
      ([priority, weight, port, target]) =>
        [DNS_TYPE.SRV, { kind: 'SRV', priority, weight, port, target }] as const,
    ),
  fc
    .tuple(name, name, word32, word32, word32, word32, word32)
    .map(
      ([mname, rname, serial, refresh, retry, expire, minimum]) =>
        [DNS_TYPE.SOA, { kind: 'SOA', mname, rname, serial, refresh, retry, expire, minimum }] as const,
    ),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => [65280, { kind: 'raw', bytes }] as const),
);
const record: fc.Arbitrary<DnsRecord> = fc
  .tuple(name, word32, data)
  .map(([n, ttl, [type, value]]) => ({ name: n, type, class: 1, ttl, data: value }));
const message: fc.Arbitrary<DnsMessage> = fc.record({
  id: word16,
  response: fc.boolean(),
  opcode: fc.constant(0),
  authoritative: fc.boolean(),
  truncated: fc.boolean(),
  recursionDesired: fc.boolean(),
  recursionAvailable: fc.boolean(),
  z: fc.nat(7),
  rcode: fc.nat(5),
  questions: fc.array(fc.record({ name, type: fc.constantFrom(1, 12, 28, 255), class: fc.constant(1) }), {
    maxLength: 2,
  }),
  answers: fc.array(record, { maxLength: 4 }),
  authorities: fc.array(record, { maxLength: 2 }),
  additionals: fc.oneof(
    fc.array(record, { maxLength: 2 }),
    fc
      .uint8Array({ maxLength: 8 })
      .map((cookie) => [ednsRecord(1232, [{ code: EDNS_OPTION.COOKIE, data: cookie }])]),
  ),
});

describe('recorded messages', () => {
  it.each([
    ['dns-a1-lo', 20],
    ['dns-a1-eth0', 12],
  ])('%s: read and written again to the byte', (recording, atLeast) => {
    const messages = recordedMessages(recording);
    expect(messages.length).toBeGreaterThanOrEqual(atLeast);
    for (const bytes of messages) {
      const parsed = parseDnsMessage(bytes)!;
      // Docker's own answers are not compressed; those of the upstream server, and passed on from it, are.
      const isCompressed = parsed.authoritative;
      expect(writeDnsMessage(parsed, isCompressed)).toEqual(bytes);
    }
  });

  it('what the embedded server answered', () => {
    const answers = recordedMessages('dns-a1-lo')
      .map((bytes) => parseDnsMessage(bytes)!)
      .filter((each) => each.response);
    const ptr = answers.find((each) => each.questions[0]!.type === DNS_TYPE.PTR)!;
    expect(ptr.answers[0]).toMatchObject({
      name: '3.0.18.172.in-addr.arpa',
      ttl: 600,
      data: { name: 'a2.net1' },
    });
    const aaaa = answers.find((each) => each.questions[0]!.type === DNS_TYPE.AAAA)!;
    expect([aaaa.rcode, aaaa.answers.length, aaaa.recursionAvailable, aaaa.authoritative]).toEqual([
      0,
      0,
      true,
      false,
    ]);
    expect(answers.some((each) => each.rcode === DNS_RCODE.NXDOMAIN)).toBe(true);
  });

  it('a cookie of dig', () => {
    const query = recordedMessages('dns-a1-eth0')
      .map((bytes) => parseDnsMessage(bytes)!)
      .find((each) => each.id === 42447)!;
    const edns = findEdns(query)!;
    expect(edns.class).toBe(1232);
    expect(edns.data).toEqual({
      kind: 'OPT',
      options: [
        { code: EDNS_OPTION.COOKIE, data: Uint8Array.of(0x06, 0xf3, 0xff, 0x55, 0xcb, 0x8d, 0xd3, 0x44) },
      ],
    });
  });
});

describe('names', () => {
  it('RFC 1035 section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root share their tails', () => {
    const questions = ['F.ISI.ARPA', 'FOO.F.ISI.ARPA', 'ARPA', ''].map((n) => ({
      name: n,
      type: 1,
      class: 1,
    }));
    const bytes = writeDnsMessage({ ...dnsQuery(1, '', 1), questions }, true);
    const text = Buffer.from(bytes.subarray(12)).toString('latin1');
    expect(text).toBe(
      '\x01F\x03ISI\x04ARPA\x00\0\x01\0\x01' +
        '\x03FOO\xc0\x0c\0\x01\0\x01' +
        '\xc0\x12\0\x01\0\x01' +
        '\0\0\x01\0\x01',
    );
    expect(parseDnsMessage(bytes)!.questions).toEqual(questions);
  });

  it.each([
    ['a pointer to itself', [0xc0, 12]],
    ['a pointer forward', [0xc0, 14, 1, 97, 0]],
    ['two pointers at each other', [0xc0, 14, 0xc0, 12]],
    ['a pointer cut off', [0xc0]],
    ['a label cut off', [5, 97]],
    ['a reserved label type', [0x40, 0]],
    ['a name without an end', [1, 97]],
    ['a name of 256 bytes', [...Array.from({ length: 127 }, () => [1, 97]).flat(), 1, 97, 0]],
  ])('%s is refused', (_, wire) => {
    const bytes = new Uint8Array(12 + wire.length + 4);
    bytes[5] = 1;
    bytes.set(wire, 12);
    const length = wire.length < 4 ? 12 + wire.length : bytes.length;
    expect(parseDnsMessage(bytes, 0, length)).toBeNull();
  });

  it('a name of 255 bytes is accepted', () => {
    const longest = Array.from({ length: 127 }, () => 'a').join('.');
    expect(parseDnsMessage(writeDnsMessage(dnsQuery(1, longest, 1)))!.questions[0]!.name).toBe(longest);
    expect(() => writeDnsMessage(dnsQuery(1, longest + '.a', 1))).toThrow('longer than 255');
    expect(() => writeDnsMessage(dnsQuery(1, 'a'.repeat(64), 1))).toThrow('a label has 1 to 63 bytes');
    expect(() => writeDnsMessage(dnsQuery(1, 'a..b', 1))).toThrow('a label has');
  });

  it('any bytes in a label survive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(byte, { minLength: 1, maxLength: 63 }), { minLength: 1, maxLength: 3 }),
        (labels) => {
          const wire = [...labels.flatMap((each) => [each.length, ...each]), 0, 0, 1, 0, 1];
          const bytes = Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...wire]);
          expect(writeDnsMessage(parseDnsMessage(bytes)!)).toEqual(bytes);
        },
      ),
    );
  });

  it('canonical form', () => {
    expect(['Web.', 'WEB', 'a\\.', 'ÄB'].map(canonicalDnsName)).toEqual(['web', 'web', 'a\\.', 'Äb']);
  });
});

describe('messages', () => {
  it('written and read again are the same, compressed or not', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (value, compress) => {
        expect(parseDnsMessage(writeDnsMessage(value, compress))).toEqual(value);
      }),
    );
  });

  it('compression never makes a message longer', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(writeDnsMessage(value, true).length).toBeLessThanOrEqual(writeDnsMessage(value).length);
      }),
    );
  });

  it('are read by dns-packet as they were meant', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (value, compress) => {
        const decoded = dnsPacket.decode(Buffer.from(writeDnsMessage(value, compress)));
        expect(decoded.id).toBe(value.id);
        expect(decoded.type).toBe(value.response ? 'response' : 'query');
        expect(decoded.questions?.map((each) => each.name)).toEqual(
          value.questions.map((each) => each.name || '.'),
        );
        expect(decoded.answers?.map(plain)).toEqual(value.answers.map(expected));
        expect(decoded.authorities?.map(plain)).toEqual(value.authorities.map(expected));
      }),
    );
  });

  it('written by dns-packet are read as they were meant', () => {
    const bytes = dnsPacket.encode({
      type: 'response',
      id: 7,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHORITATIVE_ANSWER,
      questions: [{ type: 'SRV', name: '_http._tcp.web' }],
      answers: [
        {
          type: 'SRV',
          name: '_http._tcp.web',
          ttl: 5,
          data: { port: 80, target: 'web', priority: 1, weight: 2 },
        },
      ],
      additionals: [{ type: 'A', name: 'web', ttl: 5, data: '172.18.0.2' }],
    });
    expect(parseDnsMessage(bytes)).toMatchObject({
      id: 7,
      authoritative: true,
      recursionDesired: true,
      answers: [{ ttl: 5, data: { kind: 'SRV', priority: 1, weight: 2, port: 80, target: 'web' } }],
      additionals: [{ data: { kind: 'A', address: parseIpv4('172.18.0.2') } }],
    });
  });

  it('random bytes, and damaged messages, never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseDnsMessage(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        message,
        fc.array(fc.tuple(fc.nat(), byte), { maxLength: 4 }),
        fc.nat(),
        (value, damage, cut) => {
          const bytes = writeDnsMessage(value, true);
          for (const [at, to] of damage) bytes[at % bytes.length] = to;
          const parsed = parseDnsMessage(bytes, 0, bytes.length - (cut % 8));
          // What is read can be written: names are valid, strings are short enough.
          if (parsed !== null) writeDnsMessage(parsed);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a message cut short anywhere is refused', () => {
    const value = { ...dnsQuery(1, 'web', 1, [ednsRecord(1232)]), answers: [] };
    const bytes = writeDnsMessage(value);
    for (let length = 0; length < bytes.length; length++)
      expect(parseDnsMessage(bytes, 0, length)).toBeNull();
  });
});

describe('reverse names', () => {
  it('of both families (RFC 3596 section 2.5)', () => {
    expect(reverseName(parseIp('172.18.0.3'))).toBe('3.0.18.172.in-addr.arpa');
    expect(reverseName(parseIp('4321:0:1:2:3:4:567:89ab'))).toBe(
      'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
    );
    for (const text of ['172.18.0.3', 'fd00::1:2'])
      expect(formatIp(parseReverseName(reverseName(parseIp(text)))!)).toBe(text);
    for (const text of [
      'web',
      '0.18.172.in-addr.arpa',
      '300.0.0.1.in-addr.arpa',
      'a.b.ip6.arpa',
      'in-addr.arpa',
    ]) {
      expect(parseReverseName(text)).toBeNull();
    }
  });
});

it('mnemonics', () => {
  expect([dnsTypeName(28), dnsTypeName(65280)]).toEqual(['AAAA', 'TYPE65280']);
  expect([dnsRcodeName(3), dnsRcodeName(11)]).toEqual(['NXDOMAIN', 'RCODE11']);
});

/** A record of dns-packet, and one of ours, as the same plain value. */
function plain(answer: Answer): unknown {
  const { name: owner, type, data: value } = answer;
  return {
    name: owner,
    type: type.startsWith('UNKNOWN') ? type.replace('UNKNOWN_', 'TYPE') : type,
    data: plainData(value),
  };
}

function plainData(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return [...value];
  if (Array.isArray(value)) return value.map(plainData);
  return value;
}

function expected({ name: owner, type, data: value }: DnsRecord): unknown {
  return { name: owner || '.', type: dnsTypeName(type), data: expectedData(value) };
}

function expectedData(value: DnsData): unknown {
  switch (value.kind) {
    case 'A':
      return formatIpv4(value.address);
    case 'AAAA':
      return expect.any(String);
    case 'name':
      return value.name || '.';
    case 'MX':
      return { preference: value.preference, exchange: value.exchange || '.' };
    case 'TXT':
      return value.strings.map((text) => [...text]);
    case 'SRV':
      return {
        priority: value.priority,
        weight: value.weight,
        port: value.port,
        target: value.target || '.',
      };
    case 'SOA': {
      const { kind: _, ...rest } = value;
      return { ...rest, mname: rest.mname || '.', rname: rest.rname || '.' };
    }
    case 'raw':
      return [...value.bytes];
    case 'OPT':
      return expect.anything();
  }
}
