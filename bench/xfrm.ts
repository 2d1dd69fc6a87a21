import { PcapWriter } from '../core/capture/pcap-writer.ts';
import { CaptureTap } from '../core/capture/tap.ts';
import { UdpSocket } from '../core/socket/udp-socket.ts';
import { EncryptedLab } from '../test/xfrm/encrypted-lab.ts';
import { OverlayLab } from '../test/vxlan/overlay-lab.ts';
import { medianTimes, report } from './lab.ts';

/** Short runs, and more of them: a machine that does other work is never quiet for long. */
const DATAGRAMS = 20_000;
const ROUNDS = 9;
const BURST = 50;
const sink = new Uint8Array(2048);
const NOWHERE = { write: () => undefined, close: () => undefined };

/** Container to container over two hosts and a cable, one way: datagrams a second of wall and of processor time. */
function overlay(what: string, lab: OverlayLab, payloadLength: number, captured: boolean): void {
  const [one, two] = lab.nodes;
  if (captured) {
    for (const { nic } of lab.nodes) nic.addTap(new CaptureTap(new PcapWriter(NOWHERE)));
  }
  const receiver = new UdpSocket(two.container);
  receiver.bind(0, 9000);
  const sender = new UdpSocket(one.container);
  sender.connect(two.containerAddress, 9000);
  const payload = new Uint8Array(payloadLength).fill(0x61);
  const blast = (): void => {
    for (let sent = 0; sent < DATAGRAMS; sent += BURST) {
      for (let i = 0; i < BURST; i++) sender.send(payload);
      lab.run(0.001);
      for (let i = 0; i < BURST; i++) {
        if (receiver.receiveInto(sink) !== payloadLength) throw new Error('a datagram was lost');
      }
    }
  };
  blast();
  const { wallSeconds, processorSeconds } = medianTimes(ROUNDS, blast);
  const subject = `${what}, ${payloadLength} B, ${captured ? 'captured' : 'no capture'}`;
  report(`${subject}, wall time`, DATAGRAMS / wallSeconds, 'packets/s');
  report(`${subject}, processor time`, DATAGRAMS / processorSeconds, 'packets/s');
}

/** Plain and encrypted overlays, with nobody looking and with a capture on both hosts' cards. */
export function run(): void {
  for (const payload of [64, 1000, 1390]) {
    for (const captured of [false, true]) {
      overlay('overlay', new OverlayLab(), payload, captured);
      overlay('encrypted overlay', new EncryptedLab(), payload, captured);
    }
  }
}
