import type { NetDevice } from '../device/net-device.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';

/**
 * Hears what happens to packets. A host's tracer is null when nobody listens, so the packet path pays one
 * comparison. `text` is only built when a tracer is there.
 */
export interface Tracer {
  /** A packet was dropped (see DROP_REASONS). */
  dropped(host: Host, packet: Packet, reason: number, where: NetDevice | null): void;
  /** A step of a packet's life: a device crossed, a rule matched, a route chosen. */
  step(host: Host, packet: Packet, text: string): void;
}
