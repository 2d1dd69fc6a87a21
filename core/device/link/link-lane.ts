import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Host } from '../../host/host.ts';
import type { SimEvent } from '../../sim/event.ts';
import type { RandomStream } from '../../sim/random-streams.ts';
import type { Simulator } from '../../sim/simulator.ts';
import type { Impairments } from './impairments.ts';

/** Who takes the frames at the far end of a lane. */
export interface LaneReceiver {
  receiveFrame(packet: Packet): void;
}

/** Preamble, start delimiter, frame check sequence and inter-frame gap: on the medium, not in the frame. */
const MEDIUM_OVERHEAD_BYTES = 24;
const MIN_FRAME_BYTES = 60;

/**
 * One direction of a link: frames leave one after another at the link's rate and arrive in order. The frames in
 * flight wait in a ring and only the first has an event in the queue, so a busy link costs one heap entry.
 */
export class LinkLane implements SimEvent {
  timeNs = 0;
  seq = 0;
  /** Frames and bytes handed over to the far end. */
  framesCarried = 0;
  bytesCarried = 0;
  up = true;
  private readonly sim: Simulator;
  private readonly impairments: Impairments;
  private readonly random: RandomStream;
  private readonly receiver: LaneReceiver;
  private readonly byteNs: number;
  private readonly queuePackets: number;
  private readonly queueBytes: number;
  private packets: (Packet | null)[] = new Array<Packet | null>(64).fill(null);
  private arrivals = new Float64Array(64);
  private departures = new Float64Array(64);
  private mask = 63;
  private first = 0;
  private count = 0;
  /** How many of the ring's frames, from its start, have left the sender's queue. */
  private departed = 0;
  private busyUntilNs = 0;
  private lastArrivalNs = 0;
  private queued = false;
  private readonly hasChance: boolean;

  constructor(sim: Simulator, name: string, impairments: Impairments, receiver: LaneReceiver) {
    this.sim = sim;
    this.impairments = impairments;
    this.random = sim.random.stream(`link:${name}`);
    this.receiver = receiver;
    this.byteNs = impairments.rateBps === Infinity ? 0 : 8e9 / impairments.rateBps;
    const queue = impairments.queue;
    this.queuePackets = 'packets' in queue ? queue.packets : Infinity;
    this.queueBytes = 'bytes' in queue ? queue.bytes : Infinity;
    const { loss, duplicate, reorder, corrupt, jitterNs } = impairments;
    this.hasChance = loss > 0 || duplicate > 0 || reorder > 0 || corrupt > 0 || jitterNs > 0;
  }

  /** Frames sent and not yet arrived. */
  get inFlight(): number {
    return this.count;
  }

  /** Sends a frame at `nowNs`, which a host's cost model may have moved past the simulation's clock. */
  send(packet: Packet, nowNs: number, sender: Host): void {
    if (!this.up) {
      sender.dropPacket(packet, DropReason.LINK_DOWN);
      return;
    }
    if (this.isFull(nowNs)) {
      sender.dropPacket(packet, DropReason.LINK_QUEUE_FULL);
      return;
    }
    const impairments = this.impairments;
    const length = packet.tail - packet.head;
    const sentNs = Math.max(nowNs, this.busyUntilNs);
    const leftNs = sentNs + this.serialisationNs(length);
    this.busyUntilNs = leftNs;
    let arrivalNs = leftNs + impairments.delayNs;
    if (this.hasChance) {
      if (impairments.loss > 0 && this.random.unit() < impairments.loss) {
        sender.dropPacket(packet, DropReason.LINK_LOSS);
        return;
      }
      if (impairments.corrupt > 0 && this.random.unit() < impairments.corrupt) this.corrupt(packet);
      if (impairments.jitterNs > 0) {
        arrivalNs += Math.round((this.random.unit() * 2 - 1) * impairments.jitterNs);
      }
      if (impairments.duplicate > 0 && this.random.unit() < impairments.duplicate) {
        this.put(sender.pool.clone(packet), sentNs, Math.max(arrivalNs, this.lastArrivalNs));
      }
      if (impairments.reorder > 0 && this.random.unit() < impairments.reorder) {
        this.overtake(packet, Math.max(leftNs, this.sim.nowNs));
        return;
      }
    }
    this.put(packet, sentNs, Math.max(arrivalNs, this.lastArrivalNs));
  }

  /** For the event queue: the first frame arrives, and any others due now. */
  fire(): void {
    this.queued = false;
    const slot = this.first;
    const packet = this.packets[slot]!;
    this.packets[slot] = null;
    this.first = (slot + 1) & this.mask;
    this.count--;
    if (this.departed > 0) this.departed--;
    if (this.count > 0) this.queueHead();
    this.deliver(packet);
  }

  /** The link went down or came up: what is on the wire is lost. */
  setUp(up: boolean, sender: Host): void {
    this.up = up;
    if (up) return;
    for (let i = 0; i < this.count; i++) {
      const slot = (this.first + i) & this.mask;
      const packet = this.packets[slot]!;
      // Left in the ring as an empty place: its event still comes.
      this.packets[slot] = sender.pool.alloc(0);
      sender.dropPacket(packet, DropReason.LINK_DOWN);
    }
  }

  private deliver(packet: Packet): void {
    this.framesCarried++;
    this.bytesCarried += packet.tail - packet.head;
    this.receiver.receiveFrame(packet);
  }

  private serialisationNs(length: number): number {
    if (this.byteNs === 0) return 0;
    return Math.ceil((Math.max(length, MIN_FRAME_BYTES) + MEDIUM_OVERHEAD_BYTES) * this.byteNs);
  }

  private isFull(nowNs: number): boolean {
    if (this.busyUntilNs <= nowNs) return false;
    if (this.queueBytes !== Infinity) return (this.busyUntilNs - nowNs) / this.byteNs > this.queueBytes;
    while (
      this.departed < this.count &&
      this.departures[(this.first + this.departed) & this.mask]! <= nowNs
    ) {
      this.departed++;
    }
    return this.count - this.departed >= this.queuePackets;
  }

  private put(packet: Packet, sentNs: number, arrivalNs: number): void {
    if (this.count > this.mask) this.grow();
    const slot = (this.first + this.count) & this.mask;
    this.packets[slot] = packet;
    this.arrivals[slot] = arrivalNs;
    this.departures[slot] = sentNs;
    this.lastArrivalNs = arrivalNs;
    this.count++;
    if (!this.queued) this.queueHead();
  }

  private queueHead(): void {
    this.timeNs = this.arrivals[this.first]!;
    this.seq = this.sim.drawSeq();
    this.queued = true;
    this.sim.enqueue(this);
  }

  private overtake(packet: Packet, arrivalNs: number): void {
    this.sim.at(arrivalNs, () => this.deliver(packet));
  }

  private corrupt(packet: Packet): void {
    packet.payloadChanged();
    const bit = this.random.below((packet.tail - packet.head) * 8);
    packet.buf[packet.head + (bit >>> 3)]! ^= 1 << (bit & 7);
  }

  private grow(): void {
    const size = (this.mask + 1) * 2;
    const packets = new Array<Packet | null>(size).fill(null);
    const arrivals = new Float64Array(size);
    const departures = new Float64Array(size);
    for (let i = 0; i < this.count; i++) {
      const slot = (this.first + i) & this.mask;
      packets[i] = this.packets[slot]!;
      arrivals[i] = this.arrivals[slot]!;
      departures[i] = this.departures[slot]!;
    }
    this.packets = packets;
    this.arrivals = arrivals;
    this.departures = departures;
    this.mask = size - 1;
    this.first = 0;
  }
}
