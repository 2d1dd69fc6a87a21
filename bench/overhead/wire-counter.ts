import { TAP_OUT, type NetDevice } from '../../core/device/net-device.ts';
import type { Tap } from '../../core/capture/tap.ts';
import { get16 } from '../../protocols/bytes.ts';
import { ETHERTYPE, etherType } from '../../protocols/ethernet.ts';
import { IPV4, PROTO, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import { PORT } from './topology.ts';

/** Preamble, start delimiter, frame check sequence and gap; and the shortest frame that a medium carries. */
const MEDIUM_BYTES = 24;
const SHORTEST_FRAME = 60;
const VXLAN_PORT = 4789;

/** Counts the frames of the measured traffic that pass a card, from the bytes that pass. */
export class WireCounter implements Tap {
  framesOut = 0;
  /** Bytes as a capture shows them: from the Ethernet header on. */
  frameBytesOut = 0;
  /** The same with what the medium adds. */
  mediumBytesOut = 0;
  framesIn = 0;
  /** Frames of something else: swarm nodes talking, ARP. */
  foreign = 0;

  constructor(dev: NetDevice) {
    dev.addTap(this);
  }

  capture(_timeNs: number, buf: Uint8Array, offset: number, length: number, direction: number): void {
    if (!isMeasured(buf, offset)) {
      this.foreign++;
      return;
    }
    if (direction !== TAP_OUT) {
      this.framesIn++;
      return;
    }
    this.framesOut++;
    this.frameBytesOut += length;
    this.mediumBytesOut += Math.max(length, SHORTEST_FRAME) + MEDIUM_BYTES;
  }
}

/** The flow itself, or a tunnel around it. */
function isMeasured(buf: Uint8Array, offset: number): boolean {
  if (etherType(buf, offset) !== ETHERTYPE.IPV4) return false;
  const ip = offset + 14;
  const protocol = buf[ip + IPV4.PROTOCOL]!;
  if (protocol === PROTO.ESP) return true;
  if (protocol !== PROTO.UDP && protocol !== PROTO.TCP) return false;
  const transport = ip + ipv4HeaderLength(buf, ip);
  const [source, destination] = [get16(buf, transport), get16(buf, transport + 2)];
  if (protocol === PROTO.UDP && destination === VXLAN_PORT) return true;
  return source === PORT || destination === PORT;
}
