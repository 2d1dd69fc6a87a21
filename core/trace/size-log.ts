import type { NetDevice } from '../device/net-device.ts';
import { SEAL_KNOWN, SEAL_NONE, type Packet } from '../packet/packet.ts';
import { packetLayers, type EspLengths, type PacketLayer } from './packet-layers.ts';

/** What became of a packet that is too long for its way. */
export type SizeOutcome = 'fragmented' | 'dropped';

/** Packets that were too long at one place, in one way, made up of the same layers. */
export interface SizeEntry {
  readonly dev: NetDevice;
  readonly outcome: SizeOutcome;
  /** The MTU that they were too long for. */
  readonly mtu: number;
  count: number;
  /** Lengths of the shortest and the longest, from the IP header on. */
  shortest: number;
  longest: number;
  /** Layers of the first, outermost first; they add up to its length. */
  readonly layers: readonly PacketLayer[];
  /** What ESP fills its text up to, 0 without ESP. */
  readonly espBlock: number;
}

/** More places and ways than this are not told apart. */
const MAX_ENTRIES = 256;

/**
 * Remembers the packets of a machine that were fragmented or dropped for their size, and which layer added what. It
 * is asked only when there is one: what fits costs nothing.
 */
export class SizeLog {
  readonly entries: SizeEntry[] = [];
  private readonly byKey = new Map<string, SizeEntry>();

  /** Takes down a packet, whose IP header is at `networkOffset`. `added`: what was to be put around it. */
  note(
    outcome: SizeOutcome,
    packet: Packet,
    mtu: number,
    dev: NetDevice | null,
    added: readonly PacketLayer[] = [],
  ): void {
    if (dev === null || packet.networkOffset < 0) return;
    const layers = [...added, ...layersOf(packet)];
    const length = layers.reduce((sum, layer) => sum + layer.bytes, 0);
    const names = layers.map((layer) => layer.name).join('/');
    const key = `${dev.netns.id}/${dev.ifindex} ${outcome} ${mtu} ${names}`;
    const entry = this.byKey.get(key);
    if (entry !== undefined) {
      entry.count++;
      entry.shortest = Math.min(entry.shortest, length);
      entry.longest = Math.max(entry.longest, length);
      return;
    }
    if (this.entries.length >= MAX_ENTRIES) return;
    const espBlock = espOf(packet)?.blockSize ?? 0;
    const made = { dev, outcome, mtu, count: 1, shortest: length, longest: length, layers, espBlock };
    this.entries.push(made);
    this.byKey.set(key, made);
  }
}

function layersOf(packet: Packet): PacketLayer[] {
  const { networkOffset: at, tail } = packet;
  const esp = espOf(packet);
  if (packet.sealState !== SEAL_KNOWN || esp === null) return packetLayers(packet.buf, at, tail, esp);
  return packetLayers(inClear(packet, esp), at, tail, esp);
}

function espOf(packet: Packet): EspLengths | null {
  return packet.sealState === SEAL_NONE || packet.sealer === null ? null : packet.sealer.transform;
}

/** The packet with its ESP text as it was before it was encrypted. */
function inClear(packet: Packet, esp: EspLengths): Uint8Array {
  const copy = packet.buf.slice(0, packet.tail);
  const text = packet.tail - packet.sealedLength + 8 + esp.ivLength;
  copy.set(packet.plaintext!.subarray(0, packet.tail - esp.icvLength - text), text);
  return copy;
}
