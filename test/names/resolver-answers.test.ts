import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../core/sim/random-streams.ts';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import { NetworkNameTable } from '../../drivers/names/network-name-table.ts';
import type { NameEndpoint } from '../../drivers/names/name-source.ts';
import {
  decideDnsQuery,
  failureReply,
  relayedReply,
  settlesQuestion,
  type ResolverSettings,
} from '../../drivers/names/resolver-answers.ts';
import {
  DNS_RCODE,
  DNS_TYPE,
  dnsQuery,
  ednsRecord,
  parseDnsMessage,
  writeDnsMessage,
  type DnsMessage,
} from '../../protocols/dns/index.ts';
import { formatIp, parseIp } from '../../protocols/ip-address.ts';
import { recordedFrames } from '../protocols/recorded-frames.ts';

const net1 = new NetworkNameTable('net1');
net1.set('e1', { names: ['a1', 'web', 'cfc394407c37'], addresses: [parseIp('172.18.0.2')] });
net1.set('e2', { names: ['a2', 'web', 'fa5dd15fc9fe'], addresses: [parseIp('172.18.0.3')] });
const net2 = new NetworkNameTable('lab.net2');
net2.set('e3', { names: ['a1', 'db.master'], addresses: [parseIp('172.19.0.2'), parseIp('fd00::2')] });
for (let i = 0; i < 60; i++) net2.set(`r${i}`, { names: ['many'], addresses: [parseIp(`172.19.1.${i}`)] });

function settings(
  endpoints: readonly NameEndpoint[] = onlyNet1,
  change: Partial<ResolverSettings> = {},
): ResolverSettings {
  const random = new RandomStreams(1).stream('dns');
  return { release: parseEngineRelease('20.10'), names: { endpoints }, random, ndotsSet: false, ...change };
}

const onlyNet1: NameEndpoint[] = [{ network: net1, linkAliases: new Map() }];
const both: NameEndpoint[] = [...onlyNet1, { network: net2, linkAliases: new Map([['store', 'db.master']]) }];

function ask(query: DnsMessage, given = settings(), transport: 'udp' | 'tcp' = 'udp'): DnsMessage | string {
  const decision = decideDnsQuery(writeDnsMessage(query), transport, given);
  if (decision.kind === 'drop') return decision.reason;
  return decision.kind === 'forward' ? 'forward' : parseDnsMessage(decision.bytes)!;
}

function addresses(name: string, type: number = DNS_TYPE.A, given = settings(both)): string[] | string {
  const reply = ask(dnsQuery(1, name, type), given);
  if (typeof reply === 'string') return reply;
  return reply.answers.map(({ data }) =>
    data.kind === 'A' || data.kind === 'AAAA' ? formatIp(data.address) : data.kind,
  );
}

describe('the recorded conversation of 20.10', () => {
  it('every local answer, to the byte but for the order of addresses', () => {
    const payloads = recordedFrames('dns-a1-lo')
      .filter((frame) => frame[23] === 17)
      .map((frame) => frame.slice(42));
    const queries = payloads.filter((bytes) => (bytes[2]! & 0x80) === 0);
    let compared = 0;
    let forwarded = 0;
    for (const query of queries) {
      const reply = payloads.find(
        (bytes) => (bytes[2]! & 0x80) !== 0 && bytes[0] === query[0] && bytes[1] === query[1],
      )!;
      const decision = decideDnsQuery(query, 'udp', settings());
      if (decision.kind === 'forward') {
        // Only what the upstream server answered, which sets AA, was forwarded.
        expect(
          parseDnsMessage(reply)!.authoritative || parseDnsMessage(reply)!.rcode === DNS_RCODE.NXDOMAIN,
        ).toBe(true);
        expect(relayedReply(reply)).toEqual(reply);
        forwarded++;
        continue;
      }
      expect(decision.kind).toBe('answer');
      if (decision.kind === 'answer') expect([...decision.bytes].sort()).toEqual([...reply].sort());
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(9);
    expect(forwarded).toBeGreaterThanOrEqual(5);
  });
});

describe('answers', () => {
  it('flags, question and TTL', () => {
    const query = { ...dnsQuery(77, 'A2', DNS_TYPE.A), z: 3 };
    expect(ask(query)).toMatchObject({
      id: 77,
      response: true,
      authoritative: false,
      recursionDesired: true,
      recursionAvailable: true,
      z: 1,
      rcode: 0,
      questions: [{ name: 'A2' }],
      answers: [{ name: 'A2', ttl: 600, data: { kind: 'A', address: parseIp('172.18.0.3') } }],
      additionals: [],
    });
  });

  it('names on networks', () => {
    expect(addresses('a1')).toEqual(['172.18.0.2']);
    expect(addresses('a1.net1')).toEqual(['172.18.0.2']);
    expect(addresses('a1.lab.net2')).toEqual(['172.19.0.2']);
    expect(addresses('db.master')).toEqual(['172.19.0.2']);
    expect(addresses('db.master.lab.net2', DNS_TYPE.AAAA)).toEqual(['fd00::2']);
    expect(addresses('cfc394407c37')).toEqual(['172.18.0.2']);
    expect(addresses('a1.net3')).toBe('forward');
    expect(addresses('b1')).toBe('forward');
    expect(addresses('db.master', DNS_TYPE.A, settings(onlyNet1))).toBe('forward');
  });

  it('link aliases stand before names', () => {
    expect(addresses('store')).toEqual(['172.19.0.2']);
    const masked: NameEndpoint[] = [{ network: net1, linkAliases: new Map([['a1', 'a2']]) }];
    expect(addresses('a1', DNS_TYPE.A, settings(masked))).toEqual(['172.18.0.3']);
  });

  it('a known name without an address of the family, or with MX asked, is empty and not forwarded', () => {
    expect(addresses('a2', DNS_TYPE.AAAA)).toEqual([]);
    expect(addresses('a2', DNS_TYPE.MX)).toEqual([]);
    expect(addresses('b1', DNS_TYPE.MX)).toBe('forward');
    expect(addresses('a2', DNS_TYPE.TXT)).toBe('forward');
  });

  it('several addresses come in either order, as the stream draws', () => {
    const given = settings();
    const firsts = new Set(
      Array.from({ length: 40 }, () => (addresses('web', DNS_TYPE.A, given) as string[])[0]),
    );
    expect([...firsts].sort()).toEqual(['172.18.0.2', '172.18.0.3']);
    const again = (): unknown[] =>
      [1, 2, 3, 4].map(
        (
          (same) => () =>
            addresses('web', DNS_TYPE.A, same)
        )(settings()),
      );
    expect(again()).toEqual(again());
  });

  it('PTR', () => {
    const ptr = ask(dnsQuery(1, '3.0.18.172.in-addr.arpa', DNS_TYPE.PTR)) as DnsMessage;
    expect(ptr.answers[0]!.data).toEqual({ kind: 'name', name: 'a2.net1' });
    expect(ask(dnsQuery(1, '1.0.18.172.in-addr.arpa', DNS_TYPE.PTR))).toBe('forward');
    expect(ask(dnsQuery(1, 'web', DNS_TYPE.PTR))).toBe('invalidPtrQuery');
    expect(
      ask(dnsQuery(1, 'web', DNS_TYPE.PTR), settings(onlyNet1, { release: parseEngineRelease('28') })),
    ).toBe('forward');
  });

  it('ndots set by the user keeps bare names at home', () => {
    const given = settings(onlyNet1, { ndotsSet: true });
    expect(addresses('b1', DNS_TYPE.A, given)).toEqual([]);
    expect(addresses('b1.lan', DNS_TYPE.A, given)).toBe('forward');
  });

  it('are cut to 512 bytes over UDP, to the EDNS size, and not over TCP', () => {
    const query = dnsQuery(1, 'many', DNS_TYPE.A);
    const plain = decideDnsQuery(writeDnsMessage(query), 'udp', settings(both));
    expect(plain.kind === 'answer' && plain.bytes.length).toBeLessThanOrEqual(512);
    const cut = ask(query, settings(both)) as DnsMessage;
    // 12 bytes of header, 10 of question, 20 a record.
    expect([cut.truncated, cut.answers.length]).toEqual([true, 24]);
    const wide = ask({ ...query, additionals: [ednsRecord(1232)] }, settings(both)) as DnsMessage;
    expect([wide.truncated, wide.answers.length]).toEqual([false, 60]);
    const tcp = ask(query, settings(both), 'tcp') as DnsMessage;
    expect([tcp.truncated, tcp.answers.length]).toEqual([false, 60]);
  });

  it('a removed endpoint is forgotten', () => {
    const table = new NetworkNameTable('n');
    table.set('e', { names: ['x'], addresses: [1] });
    table.set('svc', { names: ['svc'], addresses: [2], hasReverse: false });
    expect([table.reverse(1), table.reverse(2), table.lookup('svc', 4)]).toEqual(['x', null, [2]]);
    table.delete('e');
    expect([table.reverse(1), table.lookup('x', 4)]).toEqual([null, null]);
  });
});

describe('queries that are none', () => {
  it('are dropped, or refused by their code', () => {
    expect(ask({ ...dnsQuery(1, 'a1', 1), response: true })).toBe('isResponse');
    expect(decideDnsQuery(new Uint8Array(11), 'udp', settings())).toEqual({
      kind: 'drop',
      reason: 'tooShort',
    });
    expect(ask({ ...dnsQuery(9, 'a1', 1), opcode: 5 })).toMatchObject({
      id: 9,
      response: true,
      opcode: 5,
      rcode: DNS_RCODE.NOTIMP,
    });
    expect(ask({ ...dnsQuery(9, 'a1', 1), questions: [] })).toMatchObject({
      id: 9,
      rcode: DNS_RCODE.FORMERR,
    });
    expect(parseDnsMessage(failureReply(dnsQuery(4, 'x', 1), DNS_RCODE.SERVFAIL))).toMatchObject({
      id: 4,
      response: true,
      rcode: DNS_RCODE.SERVFAIL,
      questions: [{ name: 'x' }],
    });
  });

  it('never throw', () => {
    const given = settings(both);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        decideDnsQuery(bytes, 'udp', given);
        relayedReply(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an upstream that says', () => {
  it.each([
    ['an answer', DNS_RCODE.NOERROR, false, true, true],
    ['no such name, not its own zone', DNS_RCODE.NXDOMAIN, false, false, true],
    ['no such name, by the zone’s authority', DNS_RCODE.NXDOMAIN, true, true, true],
    ['SERVFAIL', DNS_RCODE.SERVFAIL, false, false, false],
    ['REFUSED', DNS_RCODE.REFUSED, false, false, false],
    ['NOTIMP', DNS_RCODE.NOTIMP, false, false, true],
  ])('%s is the last one asked, or not', (_what, rcode, authoritative, in20, in24) => {
    const reply: DnsMessage = { ...dnsQuery(1, 'x', 1), response: true, rcode, authoritative };
    expect(settlesQuestion(reply, parseEngineRelease('20.10'))).toBe(in20);
    expect(settlesQuestion(reply, parseEngineRelease('24.0'))).toBe(in24);
  });
});
