import { expect, test } from 'vitest';
import { AF_INET, AF_INET6 } from '../../core/netfilter/conntrack/tuple.ts';
import { NF_ACCEPT, NF_INET_POST_ROUTING, NF_INET_PRE_ROUTING } from '../../core/netfilter/hook.ts';
import { enableNat } from '../../core/netfilter/nat/enable-nat.ts';
import { NatRange } from '../../core/netfilter/nat/nat-range.ts';
import { IP_CT_RELATED_REPLY, IP_CT_UNTRACKED, type Packet } from '../../core/packet/packet.ts';
import { get16, put16 } from '../../protocols/bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum6 } from '../../protocols/checksum.ts';
import { setIcmpv6Checksum } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, writeIpv6Header } from '../../protocols/ipv6.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { newNamespace, run, run6 } from '../netfilter/lab.ts';
import { HookLab, OneRule } from './hook-lab.ts';

const CLIENT = 'fd00::2';
const OTHER = 'fd00::3';
const HOST = '2001:db8::109';
const SERVER = '2001:db8:1::1';
const NH = { hopByHop: 0 };

function build(lab: HookLab, protocol: number, from: string, to: string, length: number): Packet {
  const packet = lab.host.pool.alloc(length);
  packet.transportOffset = packet.head;
  packet.head -= 40;
  packet.networkOffset = packet.head;
  packet.buf.fill(0, packet.transportOffset, packet.tail);
  writeIpv6Header(packet.buf, packet.head, 0, 0, length, protocol, 64, parseIpv6(from), parseIpv6(to));
  return packet;
}

function udp(lab: HookLab, from: string, fromPort: number, to: string, toPort: number): Packet {
  const packet = build(lab, PROTO.UDP, from, to, 12);
  const { buf, transportOffset: at, head } = packet;
  put16(buf, at, fromPort);
  put16(buf, at + 2, toPort);
  put16(buf, at + 4, 12);
  const sum = pseudoHeaderSum6(buf, head + IPV6.SOURCE, head + IPV6.DESTINATION, PROTO.UDP, 12);
  put16(buf, at + 6, ~checksumFold(checksumAdd(sum, buf, at, 12)) & 0xffff);
  return packet;
}

function forward(lab: HookLab, packet: Packet): boolean {
  const { hooks6 } = lab.netns;
  return [NF_INET_PRE_ROUTING, NF_INET_POST_ROUTING].every(
    (hook) => hooks6.run(hook, packet, null, null) === NF_ACCEPT,
  );
}

function addressAt(packet: Packet, offset: number): string {
  return Ipv6Address.read(packet.buf, offset).toString();
}

function isSumValid(packet: Packet, protocol: number): boolean {
  const { buf, head, transportOffset: at, tail } = packet;
  const sum = pseudoHeaderSum6(buf, head + IPV6.SOURCE, head + IPV6.DESTINATION, protocol, tail - at);
  return checksumFold(checksumAdd(sum, buf, at, tail - at)) === 0xffff;
}

function snat6(lab: HookLab): void {
  const range = new NatRange().setIpv6(parseIpv6(HOST));
  enableNat(lab.netns, AF_INET6).sources.push(new OneRule(lab.netns, NF_INET_POST_ROUTING, range));
}

test('is not tracked where only rules of iptables need it', () => {
  const netns = newNamespace();
  run(netns, '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT');
  expect([...netns.netfilter!.conntrack!.trackedFamilies]).toEqual([AF_INET]);
  run6(netns, '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT');
  expect([...netns.netfilter!.conntrack!.trackedFamilies]).toEqual([AF_INET, AF_INET6]);
});

test('source NAT over IPv6 goes there and back, and a taken port is replaced', () => {
  const lab = new HookLab();
  snat6(lab);
  const request = udp(lab, CLIENT, 40000, SERVER, 53);
  expect(forward(lab, request)).toBe(true);
  expect(addressAt(request, request.head + IPV6.SOURCE)).toBe(HOST);
  expect(isSumValid(request, PROTO.UDP)).toBe(true);
  const answer = udp(lab, SERVER, 53, HOST, 40000);
  forward(lab, answer);
  expect(addressAt(answer, answer.head + IPV6.DESTINATION)).toBe(CLIENT);
  expect(isSumValid(answer, PROTO.UDP)).toBe(true);
  const second = udp(lab, OTHER, 40000, SERVER, 53);
  forward(lab, second);
  expect(get16(second.buf, second.transportOffset)).not.toBe(40000);
  expect(lab.lines()[0]).toBe(
    'udp      17 30 src=fd00::2 dst=2001:db8:1::1 sport=40000 dport=53 src=2001:db8:1::1 dst=2001:db8::109 sport=53 dport=40000 mark=0 use=1',
  );
});

test('the tuple is read behind extension headers', () => {
  const lab = new HookLab();
  const packet = build(lab, NH.hopByHop, CLIENT, SERVER, 16);
  const { buf, transportOffset: at } = packet;
  buf.set([PROTO.UDP, 0, 1, 4, 0, 0, 0, 0, 0, 7, 0, 9, 0, 8, 0, 0], at);
  forward(lab, packet);
  expect(lab.lines()[0]).toContain('sport=7 dport=9');
});

test('an ICMPv6 error is translated outside and inside', () => {
  const lab = new HookLab();
  snat6(lab);
  const request = udp(lab, CLIENT, 40000, SERVER, 53);
  forward(lab, request);
  const error = build(lab, PROTO.ICMPV6, SERVER, HOST, 8 + 52);
  const at = error.transportOffset;
  error.buf.set(request.buf.subarray(request.head, request.tail), at + 8);
  error.buf[at] = 1;
  error.buf[at + 1] = 4;
  const source = error.head + IPV6.SOURCE;
  setIcmpv6Checksum(error.buf, at, 60, source, error.head + IPV6.DESTINATION);
  expect(forward(lab, error)).toBe(true);
  expect(error.ctInfo).toBe(IP_CT_RELATED_REPLY);
  expect(addressAt(error, error.head + IPV6.DESTINATION)).toBe(CLIENT);
  expect(addressAt(error, at + 8 + IPV6.SOURCE)).toBe(CLIENT);
  expect(isSumValid(error, PROTO.ICMPV6)).toBe(true);
});

test('neighbour discovery is not tracked', () => {
  const lab = new HookLab();
  const packet = build(lab, PROTO.ICMPV6, 'fe80::1', 'fe80::2', 24);
  packet.buf[packet.transportOffset] = 135;
  const source = packet.head + IPV6.SOURCE;
  setIcmpv6Checksum(packet.buf, packet.transportOffset, 24, source, packet.head + IPV6.DESTINATION);
  forward(lab, packet);
  expect([packet.nfct, packet.ctInfo, lab.table.count]).toEqual([null, IP_CT_UNTRACKED, 0]);
});
