import { expect, test } from 'vitest';
import { Veth } from '../../core/device/veth.ts';
import { AF_INET } from '../../core/netfilter/conntrack/tuple.ts';
import { NF_ACCEPT, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING } from '../../core/netfilter/hook.ts';
import { enableNat } from '../../core/netfilter/nat/enable-nat.ts';
import { masquerade } from '../../core/netfilter/nat/masquerade.ts';
import { NatRange, NF_NAT_MANIP_DST } from '../../core/netfilter/nat/nat-range.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { parseMac } from '../../protocols/mac-address.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { addAddress, dockerZeroLab, type Lab } from '../programs/lab.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';

/** A machine with docker0, c1 and c2, and an eth0 to a namespace `outside` that knows no route back to them. */
function lab03(): { lab: Lab; c1: NetNamespace; outside: NetNamespace; eth0: Veth } {
  const { lab, c1 } = dockerZeroLab();
  const host = lab.host.initNamespace;
  const outside = lab.host.createNamespace('outside');
  const [eth0, far] = Veth.pair(
    lab.host,
    { name: 'eth0', netns: host, mac: parseMac('02:00:c0:a8:63:6d') },
    { name: 'eth0', netns: outside, mac: parseMac('02:00:c0:a8:63:01') },
  );
  host.addDevice(eth0);
  outside.addDevice(far);
  addAddress(eth0, '192.168.99.109/24', true);
  addAddress(far, '192.168.99.1/24', true);
  host.ipv4.setUp(eth0);
  outside.ipv4.setUp(far);
  enableNat(host, AF_INET).sources.push({
    evaluate(packet, hook, _inDev, outDev) {
      if (hook !== NF_INET_POST_ROUTING || outDev !== eth0) return NF_ACCEPT;
      return masquerade(host, packet, new NatRange(), outDev);
    },
  });
  return { lab, c1: c1.netns, outside, eth0 };
}

function echoServer(netns: NetNamespace, port: number): UdpSocket {
  const socket = new UdpSocket(netns);
  expect(socket.bind(0, port)).toBe(0);
  return socket;
}

const BYTES = Uint8Array.of(1, 2, 3);

test('a container behind MASQUERADE asks and is answered', () => {
  const { lab, c1, outside, eth0 } = lab03();
  // The groups that the bridge reports when it comes up are connections, too.
  lab.wait(2);
  lab.run(lab.machine, 'conntrack -F');
  const server = echoServer(outside, 9000);
  const client = new UdpSocket(c1);
  client.bind(0, 40000);
  client.sendTo(BYTES, parseIpv4('192.168.99.1'), 9000);
  lab.wait(1);
  const request = server.receive()!;
  expect([formatIpv4(request.source), request.sourcePort, request.ttl]).toEqual([
    '192.168.99.109',
    40000,
    63,
  ]);
  server.sendTo(BYTES, request.source, request.sourcePort);
  lab.wait(1);
  const answer = client.receive()!;
  expect([formatIpv4(answer.source), answer.sourcePort]).toEqual(['192.168.99.1', 9000]);
  const line =
    'src=172.17.0.2 dst=192.168.99.1 sport=40000 dport=9000 src=192.168.99.1 dst=192.168.99.109 sport=9000 dport=40000';
  expect(lab.run(lab.machine, 'conntrack -L -p udp --dport 9000')).toEqual({
    stdout: `udp      17 29 ${line} mark=0 use=1\n`,
    stderr: 'conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n',
    exit: 0,
  });
  expect(lab.run(lab.machine, 'conntrack -L -s 10.0.0.0/8').stdout).toBe('');
  expect(lab.run(lab.machine, 'cat /proc/net/nf_conntrack').stdout).toBe(
    `ipv4     2 udp      17 29 ${line} mark=0 zone=0 use=2\n`,
  );
  expect(lab.run(lab.machine, 'conntrack -C').stdout).toBe('1\n');
  // Without the address there is nothing to translate back to.
  eth0.netns.ipv4.removeAddress(eth0, parseIpv4('192.168.99.109'), 24);
  expect(lab.run(lab.machine, 'conntrack -L').stdout).toBe('');
});

test('without an address the packet is dropped under its own reason', () => {
  const { lab, c1, eth0 } = lab03();
  eth0.ipv4.addresses.length = 0;
  for (const dev of eth0.netns.devices) if (dev !== eth0) dev.ipv4.addresses.length = 0;
  const client = new UdpSocket(c1);
  client.sendTo(BYTES, parseIpv4('192.168.99.1'), 9000);
  lab.wait(5);
  expect(lab.host.dropsOf('NAT_NO_ADDRESS')).toBe(1);
});

test('a port nobody listens on is reported to the container, inside and out translated', () => {
  const { lab, c1 } = lab03();
  const client = new UdpSocket(c1);
  client.connect(parseIpv4('192.168.99.1'), 9999);
  client.send(BYTES);
  lab.wait(1);
  expect(client.takeError()).toBe(111);
});

test('when nobody answers ARP outside, the container hears of it from the outer address', () => {
  const { lab, c1 } = lab03();
  const client = new UdpSocket(c1);
  client.connect(parseIpv4('192.168.99.77'), 9000);
  client.send(BYTES);
  lab.wait(5);
  // The host reports to its own address, and the translation takes the report to the container.
  expect(c1.ipv4.icmp.inTypes[3]).toBe(1);
  expect(lab.host.initNamespace.ipv4.icmp.inTypes[3]).toBe(0);
  // To a UDP socket "host unreachable" is no hard error (__udp4_lib_err).
  expect(client.takeError()).toBe(0);
});

test('a packet of the machine itself with a new destination is routed there', () => {
  const { lab, c1 } = lab03();
  const host = lab.host.initNamespace;
  enableNat(host, AF_INET).sources.push({
    evaluate(packet, hook) {
      if (hook !== NF_INET_LOCAL_OUT) return NF_ACCEPT;
      const range = new NatRange().setIpv4(parseIpv4('172.17.0.2')).setPorts(80);
      return host.netfilter!.nat!.setupInfo(packet.nfct!, range, NF_NAT_MANIP_DST);
    },
  });
  const server = echoServer(c1, 80);
  const client = new UdpSocket(host);
  client.connect(parseIpv4('192.168.99.1'), 8080);
  client.send(BYTES);
  lab.wait(1);
  const request = server.receive()!;
  expect(formatIpv4(request.source)).toBe('192.168.99.109');
  server.sendTo(BYTES, request.source, request.sourcePort);
  lab.wait(1);
  expect(client.receive()!.sourcePort).toBe(8080);
});

test('fragments are translated as one datagram', () => {
  const { lab, c1, outside } = lab03();
  const server = echoServer(outside, 9000);
  const client = new UdpSocket(c1);
  const data = Uint8Array.from({ length: 4000 }, (_, i) => i);
  client.sendTo(data, parseIpv4('192.168.99.1'), 9000);
  lab.wait(1);
  const request = server.receive()!;
  expect(formatIpv4(request.source)).toBe('192.168.99.109');
  expect(request.data).toEqual(data);
});

test('conntrack: -D deletes, -F empties, and what is not modelled is refused', () => {
  const { lab, c1 } = lab03();
  const client = new UdpSocket(c1);
  client.sendTo(BYTES, parseIpv4('192.168.99.1'), 1);
  client.sendTo(BYTES, parseIpv4('192.168.99.1'), 2);
  lab.wait(1);
  const deleted = lab.run(lab.machine, 'conntrack -D -p udp --dport 1');
  expect(deleted.stderr).toBe('conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n');
  expect(lab.run(lab.machine, 'conntrack -D -p tcp').exit).toBe(1);
  expect(lab.run(lab.machine, 'conntrack -F').exit).toBe(0);
  expect(lab.run(lab.machine, 'conntrack -C').stdout).toBe('0\n');
  expect(lab.run(lab.machine, 'conntrack -S').stdout).toMatch(/^cpu=0 {3}\tfound=\d+ invalid=0 insert=\d+ /);
  expect(lab.run(lab.machine, 'conntrack -I').exit).toBe(2);
  expect(lab.run(lab.machine, 'conntrack -L -o xml').stderr).toContain('not modelled: -o xml');
  expect(lab.run(lab.machine, 'conntrack -L -p nonsense').exit).toBe(2);
});

test('conntrack -E prints events until it is interrupted', () => {
  const { lab, c1 } = lab03();
  // After the groups that the bridge reports when it comes up.
  lab.wait(2);
  const watcher = lab.start(lab.machine, 'conntrack -E -e NEW -o extended');
  lab.wait(0.1);
  const client = new UdpSocket(c1);
  client.bind(0, 5000);
  client.sendTo(BYTES, parseIpv4('192.168.99.1'), 9000);
  lab.wait(1);
  expect(watcher.stdout.text).toBe(
    '    [NEW] ipv4     2 udp      17 30 src=172.17.0.2 dst=192.168.99.1 sport=5000 dport=9000 [UNREPLIED] src=192.168.99.1 dst=192.168.99.109 sport=9000 dport=5000\n',
  );
});
