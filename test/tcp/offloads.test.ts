import { describe, expect, it } from 'vitest';
import { Lab } from '../../bench/lab.ts';
import { sendStream, streamByte } from '../../bench/tcp.ts';
import type { Tap } from '../../core/capture/tap.ts';
import { Cable } from '../../core/device/link/cable.ts';
import { NO_IMPAIRMENTS } from '../../core/device/link/impairments.ts';
import { Nic } from '../../core/device/link/nic.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../protocols/checksum.ts';
import { isTcpChecksumValid } from '../../protocols/tcp/tcp-header.ts';

const TOTAL_BYTES = 1_000_000;
const GIGABIT = { ...NO_IMPAIRMENTS, rateBps: 1e9, delayNs: 50_000 };

/** What a device sends or receives, as a capture on it would have it. */
function watch(dev: NetDevice, direction?: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const tap = {
    capture(_timeNs: number, buf: Uint8Array, at: number, length: number, way: number) {
      if (direction === undefined || direction === way) frames.push(buf.slice(at, at + length));
    },
  };
  dev.addTap(tap as unknown as Tap);
  return frames;
}

const longest = (frames: readonly Uint8Array[]) => Math.max(...frames.map((frame) => frame.length));

/** Frames whose IPv4 or TCP checksum is wrong. */
function wrong(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.filter((frame) => {
    if (get16(frame, 12) !== 0x0800 || frame[23] !== 6) return false;
    const length = get16(frame, 16) - 20;
    const pseudo = pseudoHeaderSum(get32(frame, 26), get32(frame, 30), 6, length);
    return checksum(frame, 14, 20) !== 0 || !isTcpChecksumValid(frame, 34, length, pseudo);
  });
}

function nic(lab: Lab, host: Host, address: number): Nic {
  const dev = new Nic('eth0', host, host.initNamespace, lab.mac());
  host.initNamespace.addDevice(dev);
  host.initNamespace.ipv4.addAddress(dev, address, 24);
  host.initNamespace.ipv4.setUp(dev);
  return dev;
}

/** A container (10.1.0.2) on a bridge (10.1.0.1) of a machine (10.0.0.1) that routes to another (10.0.0.2). */
function routedLab(link = GIGABIT) {
  const lab = new Lab();
  const [near, far] = [lab.host('near'), lab.host('far')];
  const out = nic(lab, near, 0x0a000001);
  const there = nic(lab, far, 0x0a000002);
  new Cable(lab.sim, 'wire', out, there, link, link);
  const bridge = lab.bridge(near, 'br0', 0x0a010001, 24);
  const container = lab.container(near, bridge, 0x0a010002, 24, 0x0a010001);
  near.initNamespace.ipv4.setForwarding(1);
  far.initNamespace.ipv4.fib.add({
    ...far.initNamespace.ipv4.fib.lookup(0x0a000001)!,
    destination: 0x0a010000,
    prefixLength: 24,
    gateway: 0x0a000001,
    scope: 0,
  });
  const eth0 = container.device('eth0')!;
  return { lab, near, eth0, out, there };
}

/** Sends the stream and checks what arrives; the lab is empty afterwards. */
function deliver(lab: Lab, from: NetDevice, to: NetDevice, address: number): void {
  let at = 0;
  let mismatches = 0;
  sendStream(lab, from.netns, to.netns, address, TOTAL_BYTES, (bytes) => {
    for (const byte of bytes) if (byte !== streamByte(at++)) mismatches++;
  });
  expect({ at, mismatches }).toEqual({ at: TOTAL_BYTES, mismatches: 0 });
  expect(lab.pool.allocated - lab.pool.freed).toBe(0);
}

describe('super-packets', () => {
  it('are not made unless they are asked for', () => {
    const { lab, eth0, out, there } = routedLab();
    const frames = [watch(eth0), watch(out), watch(there)];
    deliver(lab, eth0, there, 0x0a000002);
    expect(frames.map(longest)).toEqual([1514, 1514, 1514]);
  });

  it('cross a bridge whole, and the stream is intact', () => {
    const lab = new Lab();
    const host = lab.host('host');
    const bridge = lab.bridge(host, 'br0', 0x0a010001, 24);
    const [one, two] = [0x0a010002, 0x0a010003].map((address) => lab.container(host, bridge, address, 24));
    for (const dev of [...host.initNamespace.devices, one!.device('eth0')!]) dev.features.tso = true;
    const received = watch(two!.device('eth0')!, 0);
    deliver(lab, one!.device('eth0')!, two!.device('eth0')!, 0x0a010003);
    expect(longest(received)).toBeGreaterThan(10_000);
    expect(wrong(received)).toEqual([]);
    expect(received.length).toBeLessThan(TOTAL_BYTES / 1448 / 4);
  });

  it('are cut by the card to the same frames that there are without them, byte for byte', () => {
    const runs = [false, true].map((on) => {
      const { lab, eth0, out, there, near } = routedLab();
      for (const dev of [...near.initNamespace.devices, eth0]) dev.features.tso = on;
      const [inside, sent, onWire] = [watch(eth0, 1), watch(out, 1), watch(there)];
      deliver(lab, eth0, there, 0x0a000002);
      return { inside, sent, onWire, packets: out.stats.txPackets, bytes: out.stats.txBytes };
    });
    const [off, on] = runs as [(typeof runs)[0], (typeof runs)[0]];
    expect(longest(on.inside)).toBeGreaterThan(2 * 1514);
    expect(longest(on.sent)).toBeGreaterThan(2 * 1514);
    expect(on.inside.length).toBeLessThan(off.inside.length);
    expect(longest(on.onWire)).toBe(1514);
    expect(wrong([...on.onWire, ...on.sent, ...on.inside])).toEqual([]);
    expect(Buffer.concat(on.onWire).equals(Buffer.concat(off.onWire))).toBe(true);
    expect({ packets: on.packets, bytes: on.bytes }).toEqual({ packets: off.packets, bytes: off.bytes });
  });

  it('are cut before a card without TSO: a capture on it shows frames', () => {
    const { lab, eth0, out, there, near } = routedLab();
    for (const dev of [...near.initNamespace.devices, eth0]) dev.features.tso = dev !== out;
    const [inside, sent] = [watch(eth0, 1), watch(out, 1)];
    deliver(lab, eth0, there, 0x0a000002);
    expect(longest(inside)).toBeGreaterThan(2 * 1514);
    expect(longest(sent)).toBe(1514);
    expect(wrong(sent)).toEqual([]);
  });

  it('with GSO alone are cut just before the device', () => {
    const { lab, eth0, there } = routedLab();
    eth0.features.gso = true;
    const inside = watch(eth0, 1);
    deliver(lab, eth0, there, 0x0a000002);
    expect(longest(inside)).toBe(1514);
  });

  it('whose segments are too long for the way are refused with the MTU', () => {
    const { lab, eth0, out, there, near } = routedLab();
    for (const dev of [...near.initNamespace.devices, eth0]) dev.features.tso = true;
    out.mtu = 1400;
    const sent = watch(out, 1);
    const onWire = watch(there, 0);
    deliver(lab, eth0, there, 0x0a000002);
    expect(near.dropsOf('PKT_TOO_BIG')).toBeGreaterThan(0);
    expect(longest(sent)).toBeGreaterThan(2 * 1414);
    expect(longest(onWire)).toBe(1414);
  });

  it('survive loss on the wire', () => {
    const { lab, eth0, there, near } = routedLab({ ...GIGABIT, loss: 0.01 });
    for (const dev of [...near.initNamespace.devices, eth0]) dev.features.tso = true;
    there.features.gro = true;
    deliver(lab, eth0, there, 0x0a000002);
  });
});

describe('GRO', () => {
  it('merges the segments of one instant, with right headers', () => {
    const { lab, eth0, there } = routedLab({ ...NO_IMPAIRMENTS, delayNs: 50_000 });
    there.features.gro = true;
    const received = watch(there, 0);
    deliver(lab, eth0, there, 0x0a000002);
    expect(longest(received)).toBeGreaterThan(10_000);
    expect(wrong(received)).toEqual([]);
    expect(there.stats.rxPackets).toBeGreaterThan(TOTAL_BYTES / 1448);
  });

  it('leaves segments that come apart alone', () => {
    const { lab, eth0, there } = routedLab();
    there.features.gro = true;
    const received = watch(there, 0);
    deliver(lab, eth0, there, 0x0a000002);
    expect(longest(received)).toBe(1514);
  });

  it('makes super-packets that are forwarded whole, with or without a cut on the way out', () => {
    const ways = [false, true].map((on) => {
      const { lab, eth0, out, there, near } = routedLab({ ...NO_IMPAIRMENTS, delayNs: 50_000 });
      out.features.gro = on;
      for (const dev of near.initNamespace.devices) dev.features.tso = on;
      const received = watch(eth0, 0);
      const routed = watch(out, 0);
      deliver(lab, there, eth0, 0x0a010002);
      return { received, routed };
    });
    expect(longest(ways[0]!.received)).toBe(1514);
    expect(longest(ways[1]!.received)).toBeGreaterThan(2 * 1514);
    expect(longest(ways[1]!.routed)).toBeGreaterThan(2 * 1514);
    expect(wrong(ways[1]!.received)).toEqual([]);
  });
});
