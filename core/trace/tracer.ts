import type { NetDevice } from '../device/net-device.ts';
import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Packet } from '../packet/packet.ts';
import type { TraceStep } from './trace-step.ts';

/**
 * Hears what happens to packets. `HostEnvironment.tracer` is null when nobody listens, so that each place on the packet
 * path pays one comparison, and steps are only made when somebody does. A tracer looks and changes nothing: a run with
 * one is the same to the byte.
 *
 * `Packet.id` says which packet it is. Copies, fragments and segments keep it, and so does what is put into a tunnel
 * and taken out again; answers and what a program sends on are packets of their own.
 */
export interface Tracer {
  /** A packet was dropped (see DROP_REASONS). */
  dropped(host: Host, packet: Packet, reason: number, where: NetDevice | null): void;
  /** A step of a packet's life in a namespace. */
  step(netns: NetNamespace, packet: Packet, step: TraceStep): void;
}
