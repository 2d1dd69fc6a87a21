import { PcapWriter } from '../core/capture/pcap-writer.ts';
import { CaptureTap } from '../core/capture/tap.ts';
import { UdpSocket } from '../core/socket/udp-socket.ts';
import { Lab, medianSeconds, report } from './lab.ts';

const DATAGRAMS = 200_000;
const PAYLOAD = new Uint8Array(1000).fill(0x61);
const sink = new Uint8Array(2048);
const NOWHERE = { write: () => undefined, close: () => undefined };

/** Two containers on one bridge, 1000-byte datagrams one way; a frame-hop is one delivery from device to device. */
function oneBridge(captured: 'none' | 'one' | 'all'): number {
  const lab = new Lab();
  const host = lab.host('host1');
  const bridge = lab.bridge(host, 'br0', 0x0a000001, 16);
  const from = lab.container(host, bridge, 0x0a000002, 16);
  const to = lab.container(host, bridge, 0x0a000003, 16);
  const devices = captured === 'none' ? [] : [from.device('eth0')!];
  if (captured === 'all') devices.push(to.device('eth0')!, ...bridge.ports.map((port) => port.dev));
  for (const dev of devices) dev.addTap(new CaptureTap(new PcapWriter(NOWHERE)));
  const receiver = new UdpSocket(to);
  receiver.bind(0, 9000);
  const sender = new UdpSocket(from);
  sender.connect(0x0a000003, 9000);
  const blast = () => {
    for (let i = 0; i < DATAGRAMS; i++) {
      sender.send(PAYLOAD);
      if (receiver.receiveInto(sink) !== PAYLOAD.length) throw new Error('a datagram was lost');
    }
  };
  blast();
  return (2 * DATAGRAMS) / medianSeconds(5, blast);
}

/** Container, bridge, router, bridge, container: four frame-hops a datagram. */
function routed(): number {
  const lab = new Lab();
  const host = lab.host('host1');
  host.initNamespace.ipv4.setForwarding(1);
  const left = lab.bridge(host, 'br0', 0x0a000001, 16);
  const right = lab.bridge(host, 'br1', 0x0a010001, 16);
  const from = lab.container(host, left, 0x0a000002, 16, 0x0a000001);
  const to = lab.container(host, right, 0x0a010002, 16, 0x0a010001);
  const receiver = new UdpSocket(to);
  receiver.bind(0, 9000);
  const sender = new UdpSocket(from);
  sender.connect(0x0a010002, 9000);
  const blast = () => {
    for (let i = 0; i < DATAGRAMS; i++) {
      sender.send(PAYLOAD);
      if (receiver.receiveInto(sink) !== PAYLOAD.length) throw new Error('a datagram was lost');
    }
  };
  blast();
  return (4 * DATAGRAMS) / medianSeconds(5, blast);
}

/** A hundred containers on one bridge, random pairs. */
function star(): number {
  const lab = new Lab();
  const host = lab.host('host1');
  const bridge = lab.bridge(host, 'br0', 0x0a000001, 16);
  const sockets: UdpSocket[] = [];
  for (let i = 0; i < 100; i++) {
    const socket = new UdpSocket(lab.container(host, bridge, 0x0a000100 + i, 16));
    socket.bind(0, 9000);
    sockets.push(socket);
  }
  const random = lab.sim.random.stream('bench');
  const blast = () => {
    for (let i = 0; i < DATAGRAMS; i++) {
      const from = random.below(100);
      const to = (from + 1 + random.below(99)) % 100;
      sockets[from]!.sendTo(PAYLOAD, 0x0a000100 + to, 9000);
      sockets[to]!.receiveInto(sink);
    }
  };
  blast();
  return DATAGRAMS / medianSeconds(5, blast);
}

export function run(): void {
  report('one bridge, 1000 B', oneBridge('none'), 'frame-hops/s');
  report('one bridge, capture on one device', oneBridge('one'), 'frame-hops/s');
  report('one bridge, capture on every device', oneBridge('all'), 'frame-hops/s');
  report('bridge, router, bridge', routed(), 'frame-hops/s');
  report('star of 100 containers, random pairs', star(), 'packets/s');
}
