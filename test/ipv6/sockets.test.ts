import { describe, expect, it } from 'vitest';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  ECONNREFUSED,
  EINPROGRESS,
  EINVAL,
  ENETUNREACH,
} from '../../core/socket/errno.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { get16 } from '../../protocols/bytes.ts';
import { record, twoNodes } from './lab.ts';

const ANY = Ipv6Address.UNSPECIFIED;
const text = (data: Uint8Array): string => Buffer.from(data).toString();
const bytes = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value));

/** Two nodes with IPv4 addresses as well. */
function dualStack() {
  const nodes = twoNodes();
  nodes.a.netns.ipv4.addAddress(nodes.a, 0x0a00000a, 24);
  nodes.b.netns.ipv4.addAddress(nodes.b, 0x0a00000b, 24);
  return nodes;
}

describe('UDP over IPv6', () => {
  it('carries datagrams and their sender', () => {
    const { lab, a, b, A, B } = twoNodes();
    const server = new Udp6Socket(b.netns);
    expect(server.bind(B, 7000)).toBe(0);
    const client = new Udp6Socket(a.netns);
    expect(client.connect(B, 7000)).toBe(0);
    expect(client.send(bytes('hello'))).toBe(0);
    const got = server.receive()!;
    expect([text(got.data), String(got.source), got.hopLimit]).toEqual(['hello', String(A), 64]);
    server.sendTo(bytes('back'), got.source, got.sourcePort);
    expect(text(client.receive()!.data)).toBe('back');
    server.close();
    expect(client.send(bytes('again'))).toBe(0);
    expect(client.send(bytes('again'))).toBe(ECONNREFUSED);
    client.close();
    lab.wait(1);
    expect(lab.held).toBe(0);
  });

  it('a link-local peer needs its zone', () => {
    const { a, b } = twoNodes();
    const server = new Udp6Socket(b.netns);
    server.bind(ANY, 7000);
    const client = new Udp6Socket(a.netns);
    const peer = parseIpv6('fe80::ff:fe00:b');
    expect(client.sendTo(bytes('x'), peer, 7000)).toBe(EINVAL);
    expect(client.sendTo(bytes('x'), peer, 7000, a)).toBe(0);
    expect(String(server.receive()?.source)).toBe('fe80::ff:fe00:a');
    expect(client.sendTo(bytes('x'), parseIpv6('2001:db8::1'), 7000)).toBe(ENETUNREACH);
    expect(new Udp6Socket(a.netns).bind(parseIpv6('fd00::99'), 1)).toBe(EADDRNOTAVAIL);
  });

  it(':: takes IPv4 too, unless told not to', () => {
    const { a, b } = dualStack();
    const server = new Udp6Socket(b.netns);
    expect(server.bind(ANY, 7000)).toBe(0);
    const client = new UdpSocket(a.netns);
    client.sendTo(bytes('four'), 0x0a00000b, 7000);
    const got = server.receive()!;
    expect([text(got.data), String(got.source)]).toEqual(['four', '::ffff:10.0.0.10']);
    expect(server.sendTo(bytes('back'), got.source, got.sourcePort)).toBe(0);
    expect(text(client.receive()!.data)).toBe('back');
    expect(new UdpSocket(b.netns).bind(0, 7000)).toBe(EADDRINUSE);
    const only = new Udp6Socket(b.netns);
    only.v6Only = true;
    expect(only.bind(ANY, 7001)).toBe(0);
    expect(new UdpSocket(b.netns).bind(0, 7001)).toBe(0);
  });

  it('a group reaches those who joined it', () => {
    const { a, b } = twoNodes();
    const member = new Udp6Socket(b.netns);
    member.bind(ANY, 5353);
    const group = parseIpv6('ff02::fb');
    const sender = new Udp6Socket(a.netns);
    sender.sendTo(bytes('early'), group, 5353, a);
    expect(member.receive()).toBeNull();
    expect(member.joinGroup(group, b)).toBe(0);
    sender.sendTo(bytes('late'), group, 5353, a);
    const got = member.receive()!;
    expect([text(got.data), got.hopLimit]).toEqual(['late', 1]);
  });
});

describe('TCP over IPv6', () => {
  it('connects, carries a stream both ways and closes', () => {
    const { lab, a, b, A, B } = twoNodes();
    const seen = record(a);
    const listener = new Tcp6Socket(b.netns);
    expect(listener.bind(ANY, 80)).toBe(0);
    expect(listener.listen(8)).toBe(0);
    const client = new Tcp6Socket(a.netns);
    expect(client.connect(B, 80)).toBe(EINPROGRESS);
    lab.wait(0.1);
    expect(client.isConnected).toBe(true);
    const server = listener.accept() as Tcp6Socket;
    expect([String(server.remoteAddress), String(server.localAddress)]).toEqual([String(A), String(B)]);
    const data = new Uint8Array(5000).map((_, i) => (i * 3) & 0xff);
    expect(client.send(data)).toBe(5000);
    lab.wait(1);
    expect(server.receive()).toEqual(data);
    server.send(bytes('ok'));
    lab.wait(1);
    expect(text(client.receive())).toBe('ok');
    client.close();
    lab.wait(1);
    expect(server.endOfStream).toBe(true);
    server.close();
    listener.close();
    lab.wait(200);
    expect(lab.held).toBe(0);
    // The MSS leaves room for the longer header (RFC 9293 section 3.7.1).
    const syn = seen.map((one) => one.bytes).find((one) => one[20] === 6 && one[54 + 13] === 2)!;
    expect([syn[74], syn[75], get16(syn, 76)]).toEqual([2, 4, 1440]);
    expect(seen.every(({ bytes: one }) => one.length <= 1514)).toBe(true);
  });

  it('a closed port refuses; a listener on :: takes IPv4 connections', () => {
    const { lab, a, b, B } = dualStack();
    const refused = new Tcp6Socket(a.netns);
    refused.connect(B, 81);
    lab.wait(0.1);
    expect(refused.takeError()).toBe(ECONNREFUSED);
    const listener = new Tcp6Socket(b.netns);
    listener.bind(ANY, 80);
    expect(listener.listen(8)).toBe(0);
    const old = new TcpSocket(a.netns);
    old.connect(0x0a00000b, 80);
    const young = new Tcp6Socket(a.netns);
    young.connect(B, 80);
    lab.wait(0.1);
    const accepted = [listener.accept(), listener.accept()];
    expect(accepted.map((socket) => socket instanceof Tcp6Socket)).toEqual([true, false]);
    expect(listener.accept()).toBeNull();
    old.send(bytes('hi'));
    lab.wait(0.1);
    expect(text(accepted[1]!.receive())).toBe('hi');
    expect(new TcpSocket(b.netns).bind(0, 80)).toBe(EADDRINUSE);
  });
});
