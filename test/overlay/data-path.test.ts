/** `--data-path-addr` and `--data-path-port`: data on an interface and a port of its own. */
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { get16 } from '../../protocols/bytes.ts';
import { run, type SwarmRun } from './run-swarm.ts';

interface LabOptions {
  encrypted?: boolean;
  /** Data has the hosts' second interface to itself. */
  ownInterface?: boolean;
  port?: number;
}

function lab({ encrypted = false, ownInterface = false, port }: LabOptions): string {
  const host = (number: number) =>
    `  host${number}: { interfaces: { eth0: { address: 192.168.99.10${number}/24 }, eth1: { address: 10.99.0.${number}/24 } }, docker: {} }`;
  const container = (number: number) =>
    `  on${number}: { image: alpine, command: sleep 1d, networks: [ov], x-host: host${number} }`;
  return `name: data-path
hosts:
${host(1)}
${host(2)}
links:
  control: { connects: [host1/eth0, host2/eth0] }
  data: { connects: [host1/eth1, host2/eth1] }
swarm:
  managers: [host1]
  workers: [host2]
  advertise-addr: { host1: 192.168.99.101, host2: 192.168.99.102 }
${ownInterface ? '  data-path-addr: { host1: eth1, host2: 10.99.0.2 }' : ''}
${port === undefined ? '' : `  data-path-port: ${port}`}
networks:
  ov: { driver: overlay, attachable: true${encrypted ? ', driver_opts: { encrypted: "" }' : ''} }
services:
${container(1)}
${container(2)}
captures:
  - { on: host1/eth0, file: control.pcap }
  - { on: host1/eth1, file: data.pcap }
`;
}

/** Packets of a capture by what they are. */
function kinds(done: SwarmRun, file: string, port = 4789): { vxlan: number; esp: number; control: number } {
  const found = { vxlan: 0, esp: 0, control: 0 };
  for (const { buf, offset } of readCapture(done.files.bytes(`captures/${file}`)).packets) {
    if (get16(buf, offset + 12) !== 0x0800) continue;
    const protocol = buf[offset + 23];
    if (protocol === 50) found.esp++;
    else if (protocol === 17 && get16(buf, offset + 36) === port) found.vxlan++;
    else if ([2377, 7946].some((each) => [34, 36].some((at) => get16(buf, offset + at) === each))) {
      found.control++;
    }
  }
  return found;
}

const PING = ['wait 3s', 'on1$ ping -c 2 -W 1 on2'];

test('data of a plain overlay has its own interface, and nothing else is on it', async () => {
  const done = await run(lab({ ownInterface: true }), [
    ...PING,
    'host1$ bridge fdb; true',
    'host1:ov$ bridge fdb show dev vxlan0 | grep dst',
    "host1$ docker network inspect ov -f '{{json .Peers}}'",
    "host1$ docker node inspect host2 -f '{{.Status.Addr}}'",
  ]);
  expect(done.outputs[0]).toContain('2 packets received');
  expect(kinds(done, 'data.pcap')).toEqual({ vxlan: 4, esp: 0, control: 0 });
  expect(kinds(done, 'control.pcap').vxlan).toBe(0);
  expect(kinds(done, 'control.pcap').control).toBeGreaterThan(20);
  expect(done.outputs[2]).toContain('dst 10.99.0.2');
  // Peers are known by the address of the control plane.
  expect(done.outputs[3]).toContain('192.168.99.102');
  expect(done.outputs[4]).toBe('192.168.99.102');
});

describe('encrypted', () => {
  test('with an interface of its own: associations end at the control plane’s addresses, and no ping comes back', async () => {
    const done = await run(lab({ encrypted: true, ownInterface: true }), [
      ...PING,
      'host1$ ip xfrm policy | grep -m 1 src',
      'host2$ ip xfrm state | grep -m 1 src',
      'host2$ iptables -nvxL INPUT | grep DROP',
    ]);
    expect(done.outputs[0]).toContain('0 packets received');
    expect(done.outputs[1]).toContain('src 192.168.99.101/32 dst 10.99.0.2/32');
    expect(done.outputs[2]).toMatch(/src 10.99.0.1 dst 192.168.99.102|src 192.168.99.102 dst 10.99.0.1/);
    // What the policy does not match leaves in clear; the other host takes no clear packet of this network.
    expect(kinds(done, 'data.pcap')).toEqual({ vxlan: 2, esp: 0, control: 0 });
    expect(done.outputs[3]).toMatch(/^\s*2\s+\d+\s+DROP/);
  });

  test('on another port than 4789: the policy is for 4789, and no ping comes back', async () => {
    const done = await run(lab({ encrypted: true, port: 7789 }), [
      ...PING,
      'host1$ ip xfrm policy | grep -m 1 src',
    ]);
    expect(done.outputs[0]).toContain('0 packets received');
    expect(done.outputs[1]).toContain('dport 4789');
    const seen = kinds(done, 'control.pcap', 7789);
    expect([seen.vxlan, seen.esp]).toEqual([2, 0]);
  });
});

test('a plain overlay on another port works', async () => {
  const done = await run(lab({ port: 7789 }), PING);
  expect(done.outputs[0]).toContain('2 packets received');
  expect(kinds(done, 'control.pcap', 7789).vxlan).toBe(4);
});
