import type { NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { Host } from './host.ts';

/**
 * The host's receive queue (softnet_data.input_pkt_queue): a ring of (device, packet) that one loop drains.
 * A process's system call may queue frames from outside the loop; they are carried up before the call returns,
 * as a softirq runs when the call re-enables bottom halves.
 */
export class Backlog {
  private readonly host: Host;
  private readonly limit: number;
  private devices: (NetDevice | null)[] = new Array<NetDevice | null>(256).fill(null);
  private packets: (Packet | null)[] = new Array<Packet | null>(256).fill(null);
  private mask = 255;
  private first = 0;
  private count = 0;
  private draining = false;
  private held = 0;

  constructor(host: Host, limit: number) {
    this.host = host;
    this.limit = limit;
  }

  /** The machine is carrying frames up: what it sends now no program sends. */
  get isDraining(): boolean {
    return this.draining;
  }

  push(dev: NetDevice, packet: Packet): void {
    if (this.count >= this.limit) {
      dev.stats.rxDropped++;
      this.host.dropPacket(packet, DropReason.CPU_BACKLOG, dev);
      return;
    }
    if (this.count > this.mask) this.grow();
    const slot = (this.first + this.count) & this.mask;
    this.devices[slot] = dev;
    this.packets[slot] = packet;
    this.count++;
    if (!this.draining && this.held === 0) this.drain();
  }

  /** Runs `drain` only when the outermost holder releases: a job that must finish before its frames move on. */
  hold(): void {
    this.held++;
  }

  release(): void {
    this.held--;
    if (this.held === 0 && !this.draining && this.count > 0) this.drain();
  }

  private drain(): void {
    this.draining = true;
    try {
      while (this.count > 0) {
        const slot = this.first;
        const dev = this.devices[slot]!;
        const packet = this.packets[slot]!;
        this.devices[slot] = null;
        this.packets[slot] = null;
        this.first = (slot + 1) & this.mask;
        this.count--;
        this.host.receive(dev, packet);
      }
    } finally {
      this.draining = false;
    }
  }

  private grow(): void {
    const size = (this.mask + 1) * 2;
    const devices = new Array<NetDevice | null>(size).fill(null);
    const packets = new Array<Packet | null>(size).fill(null);
    for (let i = 0; i < this.count; i++) {
      const slot = (this.first + i) & this.mask;
      devices[i] = this.devices[slot]!;
      packets[i] = this.packets[slot]!;
    }
    this.devices = devices;
    this.packets = packets;
    this.mask = size - 1;
    this.first = 0;
  }
}
