import { describe, expect, it } from 'vitest';
import { NF_ACCEPT, NF_DROP, NF_INET_FORWARD, NF_INET_PRE_ROUTING } from '../../core/netfilter/hook.ts';
import { DEFRAG6_CONNTRACK_IN } from '../../core/namespace/ipv6-defragmenter.ts';
import { NF_STOLEN } from '../../core/netfilter/hook.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { echoRequest } from './frames.ts';
import { addAddress, Lab6, record, up } from './lab.ts';

/** Three containers on a bridge of a machine that filters bridged IPv6. */
function bridged(callIp6tables = 1) {
  const lab = new Lab6();
  lab.host.bridgeNetfilter.loaded = true;
  lab.host.bridgeNetfilter.callIp6tables = callIp6tables;
  const root = lab.host.initNamespace;
  const bridge = lab.bridge('br0', '02:00:00:00:01:00');
  up(bridge);
  const eth0s = [1, 2, 3].map((n) => {
    const [port, eth0] = lab.pair(
      { netns: root, name: `veth${n}`, mac: `02:00:00:00:02:0${n}` },
      { netns: lab.namespace(`c${n}`), name: 'eth0', mac: `02:00:00:00:03:0${n}` },
    );
    bridge.addPort(port);
    up(port, eth0);
    addAddress(eth0, `fd00::${n + 1}/64`);
    return eth0;
  });
  addAddress(bridge, 'fd00::1/64');
  lab.wait(5);
  return { lab, bridge, root, c1: eth0s[0]!, c2: eth0s[1]!, c3: eth0s[2]! };
}

describe('bridged IPv6 goes through the hooks', () => {
  it.each([
    [1, false],
    [0, true],
  ])('bridge-nf-call-ip6tables %i: FORWARD may drop it, arrives: %s', (call, arrives) => {
    const { lab, root, c1 } = bridged(call);
    const forwarded: string[] = [];
    root.hooks6.register(NF_INET_FORWARD, {
      priority: 0,
      run: (packet, inDev, outDev) => {
        forwarded.push(`${inDev!.name} ${outDev!.name} ${packet.buf[packet.networkOffset + 7]}`);
        const isEcho = packet.buf[packet.networkOffset + 40] === 128;
        return isEcho ? NF_DROP : NF_ACCEPT;
      },
    });
    const socket = new Raw6Socket(c1.netns, 58, null);
    socket.passOnly(129);
    socket.sendTo(echoRequest(), parseIpv6('fd00::3'));
    lab.wait(1);
    expect(socket.hasData).toBe(arrives);
    expect(forwarded.includes('br0 br0 64')).toBe(call === 1);
    expect(lab.held).toBe(0);
  });

  it('a packet that PREROUTING sends elsewhere is bridged to its new neighbour', () => {
    const { lab, root, c1, c2, c3 } = bridged();
    const from = parseIpv6('fd00::3');
    const to = parseIpv6('fd00::4');
    root.hooks6.register(NF_INET_PRE_ROUTING, {
      priority: 0,
      run: (packet) => {
        const at = packet.networkOffset + 24;
        const isUdp = packet.buf[packet.networkOffset + 6] === 17;
        if (isUdp && from.equalsBytes(packet.buf, at)) {
          to.write(packet.buf, at);
          packet.buf[packet.networkOffset + 47]!--;
        }
        return NF_ACCEPT;
      },
    });
    root.ipv6!.setForwarding(1);
    const server = new Udp6Socket(c3.netns);
    server.bind(Ipv6Address.UNSPECIFIED, 7000);
    const other = record(c2);
    const client = new Udp6Socket(c1.netns);
    for (let i = 0; i < 2; i++) {
      client.sendTo(Uint8Array.of(1, 2, 3), from, 7000);
      lab.wait(1);
      const got = server.receive()!;
      // Bridged, not routed: the hop limit is what was sent.
      expect([String(got.source), got.hopLimit]).toEqual(['fd00::2', 64]);
    }
    expect(other.some(({ bytes }) => bytes[20] === 17)).toBe(false);
    expect(lab.held).toBe(0);
  });

  it('what a hook reassembled leaves in the pieces it came in', () => {
    const { lab, root, c1, c2 } = bridged();
    root.hooks6.register(NF_INET_PRE_ROUTING, {
      priority: -400,
      run: (packet) => (root.ipv6!.defragment(packet, DEFRAG6_CONNTRACK_IN) ? NF_ACCEPT : NF_STOLEN),
    });
    const lengths: number[] = [];
    root.hooks6.register(NF_INET_FORWARD, {
      priority: 0,
      run: (packet) => {
        lengths.push(packet.tail - packet.networkOffset);
        return NF_ACCEPT;
      },
    });
    const server = new Udp6Socket(c2.netns);
    server.bind(Ipv6Address.UNSPECIFIED, 7000);
    const seen = record(c2);
    const client = new Udp6Socket(c1.netns);
    const data = new Uint8Array(3000).map((_, i) => i & 0xff);
    client.sendTo(data, parseIpv6('fd00::3'), 7000);
    lab.wait(1);
    expect(server.receive()?.data).toEqual(data);
    expect(lengths).toContain(3048);
    const pieces = seen.filter(({ bytes }) => bytes[20] === 44).map(({ bytes }) => bytes.length - 14);
    expect(pieces).toEqual([1496, 1496, 48 + 3008 - 2 * 1448]);
    expect(lab.held).toBe(0);
  });
});
