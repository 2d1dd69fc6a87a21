import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { formatIpv6, Ipv6Address } from '../../protocols/ipv6-address.ts';
import { Lab6, record, stackOf, up, type Seen } from './lab.ts';

/**
 * What differs from run to run in a frame: the nonce, the checksum over it, addresses made from a random MAC and
 * the MAC itself.
 */
function shape(frame: Uint8Array): string {
  const source = Ipv6Address.read(frame, 22);
  const from = source.isUnspecified() ? '::' : 'link-local';
  const destination = Ipv6Address.read(frame, 38);
  const group = destination.w2 === 1 ? 'solicited-node' : formatIpv6(destination);
  let at = 54;
  let options = '';
  if (frame[20] === 0) {
    options = ` hop-by-hop ${Buffer.from(frame.subarray(at + 1, at + 8)).toString('hex')}`;
    at += 8;
  }
  const type = frame[at]!;
  let rest = '';
  if (type === 143) {
    for (let record = at + 8; record < frame.length; record += 20) {
      const group = Ipv6Address.read(frame, record + 4);
      rest += ` ${frame[record]}:${group.w2 === 1 ? 'solicited-node' : formatIpv6(group)}`;
    }
  } else {
    for (
      let option = type === 133 ? at + 8 : at + 24;
      option < frame.length;
      option += frame[option + 1]! * 8
    ) {
      rest += ` option ${frame[option]}/${frame[option + 1]}`;
    }
  }
  return `${from} > ${group} hops ${frame[21]} length ${frame.length}${options} type ${type}${rest}`;
}

function recorded(name: string): Seen[] {
  const file = readCapture(readFileSync(new URL(`recorded/${name}.pcap`, import.meta.url)));
  return file.packets.map((packet) => ({
    timeNs: Number(packet.timeNs),
    direction: 0,
    bytes: packet.buf.slice(packet.offset, packet.offset + packet.length),
  }));
}

const shapes = (seen: Seen[]): string[] => seen.map(({ bytes }) => shape(bytes));

describe('a device comes up', () => {
  it('a bridge that gets its first port sends what docker0 sent', () => {
    const lab = new Lab6(3);
    const bridge = lab.bridge('docker0', '02:42:b6:5e:6d:42');
    // dockerd turns advertisements off on its bridges, so there is no router solicitation.
    bridge.ipv6!.acceptRa = 0;
    up(bridge);
    lab.wait(10);
    const seen = record(bridge);
    const inner = lab.namespace('c1');
    inner.ipv6!.setAllDisabled(1);
    const [port, eth0] = lab.pair(
      { netns: lab.host.initNamespace, name: 'veth1', mac: 'ea:9e:15:64:73:6f' },
      { netns: inner, name: 'eth0', mac: '02:42:ac:11:00:02' },
    );
    port.ipv6!.acceptRa = 0;
    bridge.addPort(port);
    up(port, eth0);
    lab.sim.run();
    const want = recorded('docker0-start');
    // Two reports are sent from :: and two from the link-local address; which of the first pair comes before the
    // solicitation hangs on random delays.
    expect(shapes(seen).sort()).toEqual(shapes(want).sort());
    expect(shape(seen[0]!.bytes)).toBe(shape(want[0]!.bytes));
    const order = shapes(seen).map((text) => text.startsWith('link-local'));
    expect(order).toEqual([false, false, false, true, true]);
    const dadNs = seen.find(({ bytes }) => bytes[20] === 58)!.timeNs;
    expect(seen[3]!.timeNs - dadNs).toBe(1e9);
    expect(lab.held).toBe(0);
  });

  it('solicits routers as the recorded devices do, ever more rarely', () => {
    const lab = new Lab6();
    const inner = lab.namespace('c1');
    inner.ipv6!.setAllDisabled(1);
    const [port, eth0] = lab.pair(
      { netns: lab.host.initNamespace, name: 'veth1', mac: 'ea:9e:15:64:73:6f' },
      { netns: inner, name: 'eth0', mac: '02:42:ac:11:00:02' },
    );
    up(port, eth0);
    const seen = record(eth0);
    lab.wait(3 * 3600);
    const solicitations = seen.filter(({ bytes }) => bytes[54] === 133);
    for (const name of ['veth-in-container', 'shim-macvlan0', 'vlan50-host-eth0.50']) {
      for (const { bytes } of recorded(name)) expect(shape(solicitations[0]!.bytes)).toBe(shape(bytes));
    }
    const gaps = solicitations.slice(1).map((one, i) => (one.timeNs - solicitations[i]!.timeNs) / 1e9);
    expect(gaps[0]).toBeGreaterThan(3.6);
    expect(gaps[0]).toBeLessThan(4.4);
    for (const [i, gap] of gaps.slice(1, 9).entries()) {
      expect(gap / gaps[i]!).toBeGreaterThan(1.89);
      expect(gap / gaps[i]!).toBeLessThan(2.11);
    }
    expect(Math.max(...gaps)).toBeLessThan(3600 * 1.1 + 1);
  });

  it('an unlimited run ends although routers are solicited for ever', () => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
    );
    up(a, b);
    lab.sim.run();
    expect(lab.sim.nowNs).toBeLessThan(10e9);
    expect(lab.sim.pending).toBe(lab.sim.backgroundPending);
    expect(lab.held).toBe(0);
  });

  it('has the routes a kernel makes', () => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
    );
    up(a, b);
    lab.wait(5);
    expect(routes(a)).toEqual([
      '::1/128 lo type 2 metric 0 table 255',
      'fe80::ff:fe00:a/128 eth0 type 2 metric 0 table 255',
      'ff00::/8 eth0 type 5 metric 256 table 255',
      'fe80::/64 eth0 type 1 metric 256 table 254',
    ]);
    a.netns.ipv4.setDown(a);
    expect(routes(a)).toEqual(['::1/128 lo type 2 metric 0 table 255']);
    expect(a.ipv6!.addresses).toEqual([]);
  });

  it('disable_ipv6 takes addresses and routes away, and gives them back', () => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
    );
    up(a, b);
    lab.wait(5);
    stackOf(a).setDisabled(a, 1);
    expect(a.ipv6!.addresses).toEqual([]);
    expect(() => stackOf(a).addAddress(a, Ipv6Address.LOOPBACK, 128)).toThrow('Permission denied');
    stackOf(a).setDisabled(a, 0);
    lab.wait(5);
    expect(stackOf(a).linkLocalAddress(a)?.toString()).toBe('fe80::ff:fe00:a');
  });
});

function routes(dev: NetDevice): string[] {
  const { fib } = stackOf(dev);
  return [255, 254].flatMap((id) =>
    fib
      .table(id)
      .routes()
      .map(
        (route) =>
          `${formatIpv6(route.destination)}/${route.prefixLength} ${route.dev!.name} type ${route.type} ` +
          `metric ${route.metric} table ${route.table}`,
      ),
  );
}
