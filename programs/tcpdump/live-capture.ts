import { CAPTURE_IN, CAPTURE_OUT } from '../../core/capture/capture-writer.ts';
import type { Tap } from '../../core/capture/tap.ts';
import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';
import type { ProcessResource } from '../../core/host/process.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { TcpdumpSettings } from './settings.ts';

/** A packet kept from a tap until the program gets to it. */
export interface KeptPacket {
  timeNs: number;
  bytes: Uint8Array;
  originalLength: number;
}

/** An open capture on a device, as a packet socket: keeps what passes the filter until it is read. */
export class LiveCapture implements Tap, ProcessResource {
  /** Woken when a packet has come. */
  readonly arrived = new WaitQueue();
  /** Packets that passed the filter. */
  accepted = 0;
  private readonly device: NetDevice;
  private readonly settings: TcpdumpSettings;
  private readonly isLoopback: boolean;
  private kept: KeptPacket[] = [];
  private open = true;

  constructor(device: NetDevice, settings: TcpdumpSettings) {
    this.device = device;
    this.settings = settings;
    this.isLoopback = (device.flags & IFF_LOOPBACK) !== 0;
    device.addTap(this);
    if (settings.promiscuous) device.setPromiscuity(1);
  }

  capture(timeNs: number, buf: Uint8Array, offset: number, length: number, direction: number): void {
    const wanted = this.settings.direction;
    if (wanted === 'in' && direction !== CAPTURE_IN) return;
    // What lo receives is what it sent: libpcap looks at either end of it, never at both.
    if (wanted === 'out' && direction !== CAPTURE_OUT && !this.isLoopback) return;
    if (!this.settings.filter.matches(buf, offset, length)) return;
    this.accepted++;
    const kept = Math.min(length, this.settings.snaplen);
    this.kept.push({ timeNs, bytes: buf.slice(offset, offset + kept), originalLength: length });
    this.arrived.wake();
  }

  /** The packets that have come since the last call. */
  take(): KeptPacket[] {
    const taken = this.kept;
    this.kept = [];
    return taken;
  }

  releasedBy(): void {
    if (!this.open) return;
    this.open = false;
    this.device.removeTap(this);
    if (this.settings.promiscuous) this.device.setPromiscuity(-1);
  }
}
