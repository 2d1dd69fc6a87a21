import { parse } from 'shell-quote';
import { describe, expect, it } from 'vitest';
import { iptables } from '../../core/netfilter/text/iptables-command.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { get16 } from '../../protocols/bytes.ts';
import { OverlayLab, openUdp, watch, type OverlayNode } from '../vxlan/overlay-lab.ts';
import { EncryptedLab } from './encrypted-lab.ts';

const AF_INET = 2;
const BY_U32 = '-m u32 --u32 "0>>22&0x3C@12&0xFFFFFF00=1048832"';
const BY_BPF =
  '-m bpf --bytecode "7,32 0 0 4294963252,7 0 0 0,64 0 0 4,116 0 0 8,21 1 0 4097,6 0 0 0,6 0 0 4294967295"';

function rule(netns: NetNamespace, line: string): void {
  const result = iptables(
    netns,
    AF_INET,
    parse(line).map((word) => (typeof word === 'string' ? word : '')),
  );
  expect([line, result.stderr, result.code]).toEqual([line, '', 0]);
}

function protectOutput(node: OverlayNode, match: string): void {
  const mark = `-t mangle -A OUTPUT -p udp -m udp --dport 4789 ${match} -j MARK --set-xmark 0xd0c4e3/0xffffffff`;
  rule(node.host.initNamespace, mark);
}

function protectInput(node: OverlayNode, match: string): void {
  for (const [policy, target] of [
    ['none', 'DROP'],
    ['ipsec', 'ACCEPT'],
  ]) {
    const line = `-A INPUT -p udp -m policy --dir in --pol ${policy} -m udp --dport 4789 ${match} -j ${target}`;
    rule(node.host.initNamespace, line);
  }
}

/** A clear VXLAN frame that claims to come from the peer, as another host on the underlay can send it. */
function forge(lab: EncryptedLab): void {
  const [one, two] = lab.nodes;
  const clear = new OverlayLab({ mtu: 1424 });
  const wire = watch(clear.nodes[0].nic);
  openUdp(clear.nodes[0].container, 40000).sendTo(Uint8Array.of(0x66), two.containerAddress, 7000);
  clear.run(1);
  const frame = wire.find(({ bytes }) => bytes[23] === 17 && get16(bytes, 36) === 4789)!.bytes;
  expect(one.nic.mac).toEqual(clear.nodes[0].nic.mac);
  two.nic.receiveFrame(lab.pool.from(frame));
}

describe.each([
  ['u32', BY_U32],
  ['bpf', BY_BPF],
])('an encrypted overlay behind the rules with %s', (_name, match) => {
  it('lets no VXLAN out in clear, and none in', () => {
    const lab = new EncryptedLab({ marks: false });
    const [one, two] = lab.nodes;
    for (const node of lab.nodes) {
      protectOutput(node, match);
      protectInput(node, match);
    }
    const wire = watch(one.nic);
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 40000);
    for (const size of [1, 100, 1396, 1397, 3000]) {
      expect(client.sendTo(new Uint8Array(size), two.containerAddress, 7000)).toBe(0);
      lab.run(0.1);
      expect(server.receive()!.data.length).toBe(size);
      server.sendTo(new Uint8Array(size), one.containerAddress, 40000);
      lab.run(0.1);
      expect(client.receive()!.data.length).toBe(size);
    }
    expect(wire.filter(({ bytes }) => bytes[23] === 50).length).toBe(16);
    expect(wire.filter(({ bytes }) => get16(bytes, 12) === 0x0800 && bytes[23] !== 50)).toEqual([]);
    forge(lab);
    expect(server.receive()).toBeNull();
    expect(two.host.dropsOf('NETFILTER_DROP')).toBe(1);
    expect(lab.inFlight).toBe(0);
  });

  it('takes a forged clear packet when the rules for INPUT are missing (CVE-2023-28840)', () => {
    const lab = new EncryptedLab({ marks: false });
    const [one, two] = lab.nodes;
    for (const node of lab.nodes) protectOutput(node, match);
    const server = openUdp(two.container, 7000);
    forge(lab);
    expect([...server.receive()!.data]).toEqual([0x66]);
    expect(one.host.dropsOf('NETFILTER_DROP')).toBe(0);
  });

  it('sends in clear when the mark is missing (CVE-2023-28841)', () => {
    const lab = new EncryptedLab({ marks: false });
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    openUdp(two.container, 7000);
    openUdp(one.container, 40000).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(0.1);
    expect(wire.filter(({ bytes }) => bytes[23] === 17 && get16(bytes, 36) === 4789)).toHaveLength(1);
  });
});
