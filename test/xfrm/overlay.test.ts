import { describe, expect, it } from 'vitest';
import { NO_IMPAIRMENTS } from '../../core/device/link/impairments.ts';
import {
  NF_ACCEPT,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
} from '../../core/netfilter/hook.ts';
import { SEAL_PENDING } from '../../core/packet/packet.ts';
import { xfrmOf } from '../../core/xfrm/xfrm-of.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { openUdp, watch, type SeenFrame } from '../vxlan/overlay-lab.ts';
import { EncryptedLab } from './encrypted-lab.ts';
import { toHex } from './bytes.ts';

const isEsp = (frame: SeenFrame) => frame.bytes[23] === 50;
const isClearVxlan = (frame: SeenFrame) => frame.bytes[23] === 17 && get16(frame.bytes, 36) === 4789;

describe('an encrypted overlay', () => {
  it('sends every frame as ESP, numbered from 1, with IVs that count in a salt, and counts bytes and packets', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 40000);
    for (let i = 0; i < 3; i++) client.sendTo(new Uint8Array(56 - 8 + i), two.containerAddress, 7000);
    lab.run(1);
    for (let i = 0; i < 3; i++) expect(server.receive()!.data.length).toBe(48 + i);
    const esp = wire.filter(isEsp);
    expect(wire.filter(isClearVxlan)).toEqual([]);
    expect(esp.map(({ bytes }) => get32(bytes, 38))).toEqual([1, 2, 3]);
    expect(esp.every(({ bytes }) => get32(bytes, 34) === lab.outgoing[0].spi)).toBe(true);
    const salts = esp.map(
      ({ bytes }, index) => toHex(bytes.subarray(42, 49)) + ((bytes[49]! ^ (index + 1)) >>> 0),
    );
    expect(new Set(salts).size).toBe(1);
    // U = 30 + 76 for the first; the kernel counts what is encrypted without padding.
    expect(lab.outgoing[0].usage).toMatchObject({ packets: 3, bytes: 106 + 107 + 108 });
    const [incoming] = xfrmOf(two.host.initNamespace).associations.list().slice(1);
    expect(incoming!.usage).toMatchObject({ packets: 3, bytes: 106 + 107 + 108 });
    expect(lab.inFlight).toBe(0);
  });

  it('is the same to the byte whether the ciphertext is looked at on the way or not', () => {
    const traces = [true, false].map((watched) => {
      const lab = new EncryptedLab();
      const [one, two] = lab.nodes;
      if (watched) watch(one.nic);
      const far = watch(two.nic);
      const server = openUdp(two.container, 7000);
      const client = openUdp(one.container, 40000);
      for (let size = 0; size < 1600; size += 97) {
        client.sendTo(new Uint8Array(size).fill(size & 0xff), two.containerAddress, 7000);
      }
      lab.run(1);
      let got = 0;
      for (let datagram = server.receive(); datagram !== null; datagram = server.receive()) {
        expect(datagram.data.every((byte) => byte === (datagram!.data.length & 0xff))).toBe(true);
        got++;
      }
      expect(got).toBe(17);
      return far.filter(isEsp).map((frame) => toHex(frame.bytes));
    });
    expect(traces[0]).toEqual(traces[1]);
    expect(traces[0]!.length).toBe(19);
  });

  it('does not put a packet through the cipher that nobody looks at', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const states: number[] = [];
    one.host.initNamespace.hooks4.register(NF_INET_POST_ROUTING, {
      priority: 0,
      run(packet) {
        states.push(packet.sealState);
        return NF_ACCEPT;
      },
    });
    const server = openUdp(two.container, 7000);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    expect(server.receive()).not.toBeNull();
    expect(states).toEqual([0, SEAL_PENDING]);
  });

  it('drops what was changed on the wire, and tells forged from genuine by the key', () => {
    const lab = new EncryptedLab({ impairments: { ...NO_IMPAIRMENTS, corrupt: 1 } });
    const [one, two] = lab.nodes;
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 1);
    one.host.initNamespace.ipv4.arp.neighbour(one.nic, two.underlayAddress).setPermanent(two.nic.mac);
    for (let i = 0; i < 200; i++) client.sendTo(new Uint8Array(500), two.containerAddress, 7000);
    lab.run(1);
    // A bit of the frame's source MAC is nobody's business; whatever arrives is as it was sent.
    let arrived = 0;
    for (let datagram = server.receive(); datagram !== null; datagram = server.receive()) {
      expect(toHex(datagram.data)).toBe('00'.repeat(500));
      arrived++;
    }
    expect(arrived).toBeLessThan(30);
    const { host } = two;
    expect(host.dropsOf('XFRM_IN_STATE_PROTO_ERROR')).toBeGreaterThan(150);
    expect(xfrmOf(host.initNamespace).statistics.of('XfrmInStateProtoError')).toBe(
      host.dropsOf('XFRM_IN_STATE_PROTO_ERROR'),
    );
    expect(lab.inFlight).toBe(0);
  });

  it('goes through the hooks in the kernel’s order', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const seen: string[] = [];
    const names = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
    for (const [host, hooks] of [
      [one.host, [NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING]],
      [two.host, [NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN]],
    ] as const) {
      for (const hook of hooks) {
        host.initNamespace.hooks4.register(hook, {
          priority: 0,
          run(packet) {
            seen.push(
              `${names[hook]} ${packet.buf[packet.networkOffset + 9]}${packet.secPath === null ? '' : ' ipsec'}`,
            );
            return NF_ACCEPT;
          },
        });
      }
    }
    openUdp(two.container, 7000);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    expect(seen).toEqual([
      'OUTPUT 17',
      'POSTROUTING 17',
      'OUTPUT 50',
      'POSTROUTING 50',
      'PREROUTING 50',
      'INPUT 50',
      'PREROUTING 17 ipsec',
      'INPUT 17 ipsec',
    ]);
  });

  it('drops what has no association, on the way out silently and on the way in', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const xfrm = xfrmOf(two.host.initNamespace);
    for (const association of xfrm.associations.list().slice()) xfrm.deleteAssociation(association);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    expect(two.host.dropsOf('XFRM_IN_NO_STATES')).toBe(1);
    wire.length = 0;
    openUdp(two.container, 1).sendTo(Uint8Array.of(1), one.containerAddress, 7000);
    lab.run(1);
    expect(wire).toEqual([]);
    expect(xfrm.statistics.of('XfrmOutNoStates')).toBe(1);
    expect(xfrm.statistics.text()).toContain('XfrmOutNoStates         \t1\n');
    expect(lab.inFlight).toBe(0);
  });
});

describe('sizes', () => {
  it('are those of the arithmetic, for every inner length', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const wire = watch(two.nic);
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 40000);
    for (let payload = 0; payload <= 1500; payload++) {
      wire.length = 0;
      expect(client.sendTo(new Uint8Array(payload), two.containerAddress, 7000)).toBe(0);
      lab.run(0.001);
      const lengths = wire
        .filter((frame) => isEsp(frame) && !frame.out)
        .map((frame) => frame.bytes.length - 14);
      const inner = payload + 28;
      const pieces = inner <= 1424 ? [inner] : [1420, inner - 1420 + 20];
      expect([payload, ...lengths]).toEqual([payload, ...pieces.map((length) => 44 + ((length + 35) & ~3))]);
      expect(server.receive()!.data.length).toBe(payload);
    }
    expect(lab.inFlight).toBe(0);
  });

  it('over 1500 are cut outside, and put together before they are opened', () => {
    const lab = new EncryptedLab({ mtu: 1450 });
    const [one, two] = lab.nodes;
    const wire = watch(two.nic);
    const server = openUdp(two.container, 7000);
    openUdp(one.container, 40000).sendTo(new Uint8Array(1422), two.containerAddress, 7000);
    lab.run(1);
    expect(wire.filter((frame) => isEsp(frame)).map((frame) => frame.bytes.length)).toEqual([
      1514,
      14 + 20 + 28,
    ]);
    expect(server.receive()!.data.length).toBe(1422);
  });
});
