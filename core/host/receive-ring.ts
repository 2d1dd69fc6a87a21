import type { Packet } from '../packet/packet.ts';
import type { SimEvent } from '../sim/event.ts';
import type { Host } from './host.ts';

/** Descriptors of a ring: what `ethtool -g` shows for most cards and virtio. */
export const RX_RING_SIZE = 1024;

/** Who takes the frames of a ring, once the core comes to them. */
export interface RingReceiver {
  receiveFromRing(packet: Packet): void;
}

/**
 * The receive ring of a card whose machine has a cost profile: frames wait here, in order, while the core is busy.
 * Each is a job of its own. The ring has one event in the queue, for the moment at which the core is free.
 */
export class ReceiveRing implements SimEvent {
  timeNs = 0;
  seq = 0;
  private readonly host: Host;
  private readonly receiver: RingReceiver;
  private readonly packets: (Packet | null)[];
  private first = 0;
  private count = 0;
  private readonly takeFirst = (): void => this.receiver.receiveFromRing(this.shift());

  constructor(host: Host, receiver: RingReceiver, size: number = RX_RING_SIZE) {
    this.host = host;
    this.receiver = receiver;
    this.packets = new Array<Packet | null>(size).fill(null);
  }

  /** Frames that wait. */
  get length(): number {
    return this.count;
  }

  /** Takes a frame; false when the ring is full. */
  push(packet: Packet): boolean {
    if (this.count === this.packets.length) return false;
    this.packets[(this.first + this.count) % this.packets.length] = packet;
    this.count++;
    if (this.count === 1) this.waitForCore();
    return true;
  }

  /** For the event queue: the core was to be free now. */
  fire(): void {
    const cost = this.host.cost;
    if (cost !== null && cost.busyUntilNs > this.host.sim.nowNs) {
      this.queueAt(cost.busyUntilNs);
      return;
    }
    this.host.runJob(this.takeFirst);
    if (this.count > 0) this.waitForCore();
  }

  private waitForCore(): void {
    const { sim, cost } = this.host;
    if (cost === null || cost.busyUntilNs <= sim.nowNs) this.queueAt(sim.nowNs);
    else this.queueAt(cost.busyUntilNs);
  }

  private queueAt(timeNs: number): void {
    const { sim } = this.host;
    this.timeNs = timeNs;
    this.seq = sim.drawSeq();
    sim.enqueue(this);
  }

  private shift(): Packet {
    const packet = this.packets[this.first]!;
    this.packets[this.first] = null;
    this.first = (this.first + 1) % this.packets.length;
    this.count--;
    return packet;
  }
}
