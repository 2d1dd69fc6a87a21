import type { Process } from '../../core/host/process.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { Packet } from '../../core/packet/packet.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';

/**
 * Finds out why the kernel sends a packet. A machine carries one packet at a time: what a namespace sends for the first
 * time right after a step of another packet, while no program runs, it sends because of that one. Not found: what it
 * sends later, as an error about a packet that waited for ARP in vain.
 */
export class Causes {
  private readonly seen = new Set<number>();
  private lastPacket = -1;
  private lastKind: TraceStep['kind'] = 'sent';
  private lastNamespace: NetNamespace | null = null;
  private lastEvent = -1;

  /** To be called for each step. null when it is not the packet's first; else the number of its cause, −1 for none. */
  note(netns: NetNamespace, packet: Packet, step: TraceStep): number | null {
    const { fired } = netns.host.sim;
    const isRelated = this.lastNamespace === netns && this.lastEvent === fired;
    // Whoever sends, it is the kernel that asks for the link address of the next hop.
    const isKernels = this.lastKind === 'waiting' || senderOf(netns) === null;
    const cause = isRelated && isKernels && isBirth(step) ? this.lastPacket : -1;
    this.lastPacket = packet.id;
    this.lastKind = step.kind;
    this.lastNamespace = netns;
    this.lastEvent = fired;
    if (this.seen.has(packet.id)) return null;
    this.seen.add(packet.id);
    return cause;
  }
}

/** The program that sends what a machine sends now; null when the kernel does. */
export function senderOf({ host }: NetNamespace): Process | null {
  return host.backlog.isDraining ? null : host.processes.current;
}

/** What is made here is sent first; what comes from elsewhere is received. */
export function isBirth({ kind }: TraceStep): boolean {
  return kind === 'output' || kind === 'sent';
}
