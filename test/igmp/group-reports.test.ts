import { describe, expect, test } from 'vitest';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { get16 } from '../../protocols/bytes.ts';
import { LinkLab, watch, type Frame } from '../macvlan/lab.ts';

/** What a bridge tells of the groups it listens to when it comes up (RFC 3376 section 4.2, br_multicast_join_snoopers). */

const IGMP = 2;

function igmpOf(frames: readonly Frame[]): Uint8Array[] {
  return frames
    .filter(({ bytes }) => get16(bytes, 12) === ETHERTYPE.IPV4 && bytes[23] === IGMP)
    .map(({ bytes }) => bytes);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a bridge that comes up', () => {
  test('reports 224.0.0.106 twice within two seconds, from its address', () => {
    const lab = new LinkLab();
    const wire = watch(lab.outsideEth0);
    lab.ok('ip addr flush dev eth0; ip link add br0 address 02:00:00:00:00:b0 type bridge');
    lab.ok('ip addr add 192.168.99.109/24 dev br0; ip link set eth0 master br0; ip link set br0 up; sleep 2');
    const reports = igmpOf(wire);
    expect(reports.length).toBe(2);
    expect(reports[1]).toEqual(reports[0]);
    // Ethernet; IPv4 with a router alert, DF and TTL 1; one record: change to exclude mode, no sources.
    expect(hex(reports[0]!)).toBe(
      '01005e0000160200000000b00800' +
        '46c0002800004000' +
        '0102' +
        hex(reports[0]!.subarray(24, 26)) +
        'c0a8636de000001694040000' +
        '2200f9930000000104000000e000006a',
    );
  });

  test('without an address, from 0.0.0.0', () => {
    const lab = new LinkLab();
    const wire = watch(lab.outsideEth0);
    lab.ok('ip link add br0 type bridge; ip link set eth0 master br0; ip link set br0 up; sleep 2');
    expect(igmpOf(wire).map((bytes) => hex(bytes.subarray(26, 30)))).toEqual(['00000000', '00000000']);
  });

  test('without carrier, says nothing that a tap sees', () => {
    const lab = new LinkLab();
    lab.ok('ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0');
    const seen = watch(lab.host1.initNamespace.devices.find(({ name }) => name === 'br0')!);
    lab.ok('ip link set br0 up; sleep 2');
    expect(seen).toEqual([]);
    expect(lab.host1.dropsOf('NO_CARRIER')).toBe(2);
  });

  test('without snooping, or down before the report is due, says nothing', () => {
    const lab = new LinkLab();
    const wire = watch(lab.outsideEth0);
    lab.ok(
      'ip link add br0 type bridge mcast_snooping 0; ip link set eth0 master br0; ip link set br0 up; sleep 2',
    );
    lab.ok('ip link set br0 type bridge mcast_snooping 1; ip link set br0 down');
    lab.ok('ip link set br0 up; ip link set br0 down; sleep 2');
    expect(igmpOf(wire)).toEqual([]);
  });
});
