import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IPS_CONFIRMED, IPS_DYING } from '../../core/netfilter/conntrack/status.ts';
import { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from '../../core/netfilter/conntrack/tuple.ts';
import { NF_INET_POST_ROUTING, NF_INET_PRE_ROUTING } from '../../core/netfilter/hook.ts';
import { IP_CT_RELATED_REPLY } from '../../core/packet/packet.ts';
import { get16, put16 } from '../../protocols/bytes.ts';
import { checksumAdd, checksumFold } from '../../protocols/checksum.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { areChecksumsValid, dnat, flowOf, HookLab, snat } from './hook-lab.ts';

const CLIENT = '172.17.0.2';
const OTHER = '172.17.0.3';
const HOST = '192.168.99.109';
const SERVER = '192.168.99.1';

describe('source NAT', () => {
  test('keeps the port, and the answer finds its way back', () => {
    const lab = new HookLab();
    const rule = snat(lab, HOST);
    const request = lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`);
    expect(lab.forward(request)).toBe(true);
    expect(flowOf(request)).toBe(`${HOST}:40000 > ${SERVER}:9000`);
    expect(areChecksumsValid(request)).toBe(true);
    const answer = lab.udp(`${SERVER}:9000`, `${HOST}:40000`);
    expect(lab.forward(answer)).toBe(true);
    expect(flowOf(answer)).toBe(`${SERVER}:9000 > ${CLIENT}:40000`);
    expect(areChecksumsValid(answer)).toBe(true);
    lab.forward(lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`));
    expect(rule.evaluated).toBe(1);
    expect(lab.lines()).toEqual([
      'udp      17 30 src=172.17.0.2 dst=192.168.99.1 sport=40000 dport=9000 src=192.168.99.1 dst=192.168.99.109 sport=9000 dport=40000 mark=0 use=1',
    ]);
  });

  test.each([
    [41000, 1024, 65535],
    [1024, 1024, 65535],
    [700, 600, 1023],
    [500, 1, 511],
  ])('a taken port %i is replaced from %i-%i', (port, low, high) => {
    const lab = new HookLab();
    snat(lab, HOST);
    lab.forward(lab.udp(`${CLIENT}:${port}`, `${SERVER}:9000`));
    const second = lab.udp(`${OTHER}:${port}`, `${SERVER}:9000`);
    expect(lab.forward(second)).toBe(true);
    const chosen = get16(second.buf, second.networkOffset + 20);
    expect(chosen).not.toBe(port);
    expect(chosen).toBeGreaterThanOrEqual(low);
    expect(chosen).toBeLessThanOrEqual(high);
    const elsewhere = lab.udp(`${OTHER}:${port}`, '198.51.100.2:9000');
    lab.forward(elsewhere);
    // find_appropriate_src: the same source keeps its outer port towards others.
    expect(get16(elsewhere.buf, elsewhere.networkOffset + 20)).toBe(chosen);
  });

  test('a flow of this machine itself takes its port', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    lab.send(lab.udp(`${HOST}:41010`, `${SERVER}:9000`));
    const second = lab.udp(`${CLIENT}:41010`, `${SERVER}:9000`);
    lab.forward(second);
    expect(flowOf(second)).not.toBe(`${HOST}:41010 > ${SERVER}:9000`);
    expect(areChecksumsValid(second)).toBe(true);
  });

  test('ICMP identifiers are treated as ports', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    const first = lab.echo(8, CLIENT, SERVER, 4242);
    const second = lab.echo(8, OTHER, SERVER, 4242);
    lab.forward(first);
    lab.forward(second);
    expect(get16(first.buf, first.networkOffset + 24)).toBe(4242);
    const id = get16(second.buf, second.networkOffset + 24);
    expect(id).not.toBe(4242);
    expect(areChecksumsValid(second)).toBe(true);
    const answer = lab.echo(0, SERVER, HOST, id);
    lab.forward(answer);
    expect(get16(answer.buf, answer.networkOffset + 24)).toBe(4242);
    expect(formatIpv4(ipv4Destination(answer.buf, answer.networkOffset))).toBe(OTHER);
    expect(areChecksumsValid(answer)).toBe(true);
  });

  test('low to ephemeral ports are remapped, so that a service is not shadowed', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    const packet = lab.udp(`${CLIENT}:53`, `${SERVER}:40000`);
    lab.forward(packet);
    const port = get16(packet.buf, packet.networkOffset + 20);
    expect(port).toBeGreaterThan(0);
    expect(port).toBeLessThan(512);
    expect(port).not.toBe(53);
  });

  test('a UDP packet without a checksum keeps none', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    const packet = lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`);
    put16(packet.buf, packet.networkOffset + 26, 0);
    lab.forward(packet);
    expect(flowOf(packet)).toBe(`${HOST}:40000 > ${SERVER}:9000`);
    expect(get16(packet.buf, packet.networkOffset + 26)).toBe(0);
  });

  test('a range that is used up leaves the tuple to be dropped at confirmation', () => {
    const lab = new HookLab();
    snat(lab, HOST, [5000, 5001]);
    expect(lab.forward(lab.tcp(`${CLIENT}:1000`, `${SERVER}:80`, { flags: 2, seq: 1 }))).toBe(true);
    expect(lab.forward(lab.tcp(`${CLIENT}:1001`, `${SERVER}:80`, { flags: 2, seq: 1 }))).toBe(true);
    expect(lab.forward(lab.tcp(`${CLIENT}:1002`, `${SERVER}:80`, { flags: 2, seq: 1 }))).toBe(false);
    expect(lab.host.dropsOf('CONNTRACK_CLASH')).toBe(1);
    expect(lab.table.statistics.insertFailed).toBe(1);
    expect(lab.lines()).toHaveLength(2);
  });

  test('rules made later do not touch a connection that is there', () => {
    const lab = new HookLab();
    lab.forward(lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`));
    snat(lab, HOST);
    const packet = lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`);
    lab.forward(packet);
    // Its first packet has not been answered, so NAT may still look at it, but the entry is in the table.
    expect(flowOf(packet)).toBe(`${CLIENT}:40000 > ${SERVER}:9000`);
  });
});

describe('destination NAT', () => {
  test('to a port and back', () => {
    const lab = new HookLab();
    dnat(lab, CLIENT, [80, 80]);
    const syn = lab.tcp(`${SERVER}:50000`, `${HOST}:8080`, { flags: 2, seq: 100 });
    expect(lab.forward(syn)).toBe(true);
    expect(flowOf(syn)).toBe(`${SERVER}:50000 > ${CLIENT}:80`);
    expect(areChecksumsValid(syn)).toBe(true);
    const answer = lab.tcp(`${CLIENT}:80`, `${SERVER}:50000`, { flags: 0x12, seq: 500, ack: 101 });
    expect(lab.forward(answer)).toBe(true);
    expect(flowOf(answer)).toBe(`${HOST}:8080 > ${SERVER}:50000`);
    expect(areChecksumsValid(answer)).toBe(true);
  });

  test('two destinations that become one: the second source port changes', () => {
    const lab = new HookLab();
    dnat(lab, CLIENT, [80, 80]);
    lab.forward(lab.tcp(`${SERVER}:50000`, `${HOST}:8080`, { flags: 2, seq: 100 }));
    const second = lab.tcp(`${SERVER}:50000`, `${HOST}:8081`, { flags: 2, seq: 100 });
    expect(lab.forward(second)).toBe(true);
    expect(flowOf(second)).toMatch(new RegExp(`^${SERVER}:\\d+ > ${CLIENT}:80$`));
    expect(flowOf(second)).not.toBe(`${SERVER}:50000 > ${CLIENT}:80`);
  });
});

describe('ICMP errors', () => {
  test('are translated outside and inside', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    const request = lab.udp(`${CLIENT}:43000`, `${SERVER}:9999`);
    lab.forward(request);
    const error = lab.icmpError(3, 3, SERVER, HOST, request);
    expect(lab.forward(error)).toBe(true);
    expect(error.ctInfo).toBe(IP_CT_RELATED_REPLY);
    const { buf, networkOffset: ip } = error;
    expect(formatIpv4(ipv4Destination(buf, ip))).toBe(CLIENT);
    const inner = ip + 28;
    expect(formatIpv4(ipv4Source(buf, inner))).toBe(CLIENT);
    expect(get16(buf, inner + 20)).toBe(43000);
    expect(areChecksumsValid(error)).toBe(true);
    expect(checksumFold(checksumAdd(0, buf, inner, 20))).toBe(0xffff);
    // The quoted UDP checksum is that of what the client sent.
    const sent = lab.udp(`${CLIENT}:43000`, `${SERVER}:9999`);
    expect(get16(buf, inner + 26)).toBe(get16(sent.buf, sent.networkOffset + 26));
  });

  test('about a destination-translated flow have the outer source translated', () => {
    const lab = new HookLab();
    dnat(lab, CLIENT, [80, 80]);
    const request = lab.udp(`${SERVER}:50000`, `${HOST}:8080`);
    lab.forward(request);
    const error = lab.icmpError(3, 3, CLIENT, SERVER, request);
    lab.forward(error);
    const { buf, networkOffset: ip } = error;
    expect(formatIpv4(ipv4Source(buf, ip))).toBe(HOST);
    expect(formatIpv4(ipv4Destination(buf, ip + 28))).toBe(HOST);
    expect(get16(buf, ip + 28 + 22)).toBe(8080);
    expect(areChecksumsValid(error)).toBe(true);
  });

  test('redirects about translated flows are dropped', () => {
    const lab = new HookLab();
    snat(lab, HOST);
    const request = lab.udp(`${CLIENT}:43000`, `${SERVER}:9999`);
    lab.forward(request);
    expect(lab.forward(lab.icmpError(5, 1, SERVER, HOST, request))).toBe(false);
  });

  test('about nothing known are invalid', () => {
    const lab = new HookLab();
    const unknown = lab.udp(`${CLIENT}:1`, `${SERVER}:2`);
    const error = lab.icmpError(3, 3, SERVER, CLIENT, unknown);
    expect(lab.forward(error)).toBe(true);
    expect(error.nfct).toBeNull();
    expect(lab.table.statistics.invalid).toBe(1);
  });
});

test('TIME_WAIT counts as taken, for 120 seconds', () => {
  const lab = new HookLab();
  snat(lab, HOST);
  const server = `${SERVER}:9001`;
  const open = (client: string): string => {
    const packet = lab.tcp(client, server, { flags: 0x02, seq: 100 });
    expect(lab.forward(packet)).toBe(true);
    return flowOf(packet);
  };
  expect(open(`${CLIENT}:42000`)).toBe(`${HOST}:42000 > ${server}`);
  const outer = `${HOST}:42000`;
  lab.forward(lab.tcp(server, outer, { flags: 0x12, seq: 500, ack: 101 }));
  lab.forward(lab.tcp(`${CLIENT}:42000`, server, { flags: 0x10, seq: 101, ack: 501 }));
  lab.forward(lab.tcp(`${CLIENT}:42000`, server, { flags: 0x11, seq: 101, ack: 501 }));
  lab.forward(lab.tcp(server, outer, { flags: 0x11, seq: 501, ack: 102 }));
  lab.forward(lab.tcp(`${CLIENT}:42000`, server, { flags: 0x10, seq: 102, ack: 502 }));
  expect(lab.lines()).toEqual([
    'tcp      6 120 TIME_WAIT src=172.17.0.2 dst=192.168.99.1 sport=42000 dport=9001 src=192.168.99.1 dst=192.168.99.109 sport=9001 dport=42000 [ASSURED] mark=0 use=1',
  ]);
  lab.wait(119);
  expect(open(`${OTHER}:42000`)).not.toBe(`${HOST}:42000 > ${server}`);
  lab.wait(2);
  expect(open('172.17.0.4:42000')).toBe(`${HOST}:42000 > ${server}`);
});

test('property: what is translated is translated back, and no two live flows share a tuple', () => {
  const port = fc.constantFrom(53, 500, 700, 1024, 40000, 40001);
  const flow = fc.record({
    client: fc.constantFrom(CLIENT, OTHER, '172.17.0.4'),
    clientPort: port,
    server: fc.constantFrom(SERVER, '198.51.100.2'),
    serverPort: fc.constantFrom(53, 9000, 40000),
    pause: fc.constantFrom(0, 1, 40),
  });
  const script = fc.record({
    flows: fc.array(flow, { minLength: 1, maxLength: 40 }),
    ports: fc.constantFrom<[number, number] | undefined>(undefined, [2000, 2003]),
    redirected: fc.boolean(),
  });
  fc.assert(
    fc.property(script, ({ flows, ports, redirected }) => {
      const lab = new HookLab();
      snat(lab, HOST, ports);
      if (redirected) dnat(lab, '203.0.113.9');
      for (const { client, clientPort, server, serverPort, pause } of flows) {
        lab.wait(pause);
        const from = `${client}:${clientPort}`;
        const to = `${server}:${serverPort}`;
        const request = lab.udp(from, to);
        if (!lab.forward(request)) continue;
        expect(areChecksumsValid(request)).toBe(true);
        const [outer, inner] = flowOf(request).split(' > ');
        const answer = lab.udp(inner!, outer!);
        expect(lab.forward(answer)).toBe(true);
        expect(flowOf(answer)).toBe(`${to} > ${from}`);
        expect(areChecksumsValid(answer)).toBe(true);
      }
      expectUniqueTuples(lab);
    }),
    { numRuns: 150 },
  );
});

function expectUniqueTuples(lab: HookLab): void {
  const seen = new Set<string>();
  const tuple = new Tuple();
  lab.table.forEach((entry) => {
    expect(entry.status & (IPS_CONFIRMED | IPS_DYING)).toBe(IPS_CONFIRMED);
    for (const dir of [IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY]) {
      entry.readTuple(dir, tuple);
      const { protocol, src, dst, srcPart, dstPart } = tuple;
      const key = [protocol, src, dst, srcPart, dstPart].join();
      expect(seen.has(key)).toBe(false);
      seen.add(key);
    }
  });
}

test('nothing of a connection stays when its first packet is dropped', () => {
  const lab = new HookLab();
  snat(lab, HOST);
  const packet = lab.udp(`${CLIENT}:40000`, `${SERVER}:9000`);
  lab.run(packet, NF_INET_PRE_ROUTING);
  expect(packet.nfct).not.toBeNull();
  expect(lab.lines()).toEqual([]);
  lab.run(packet, NF_INET_POST_ROUTING);
  expect(lab.lines()).toHaveLength(1);
});
