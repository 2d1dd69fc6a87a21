import type { PacketFilter } from '../../core/capture/filter/packet-filter.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import type { Packet } from '../../core/packet/packet.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import { frameAtHead, frameOf, type Frame } from './frame-of.ts';
import { isRoutineDrop } from './routine-drop.ts';

/** Which packets are asked for. A packet is one of them when it is so at any moment of its life. */
export interface PacketSelection {
  /** What it looks like on some device, or where it is made or dropped. */
  readonly filter?: PacketFilter;
  /** It was seen so not before this simulated time, and not after that. */
  readonly fromNs?: number;
  readonly toNs?: number;
  /** It, or a copy of it, was dropped, and not by routine; see isRoutineDrop. */
  readonly isDropped?: boolean;
}

/** Finds the numbers of the packets that are asked for, in the order in which they were first seen to be so. */
export class PacketFinder implements Tracer {
  private readonly selection: PacketSelection;
  private readonly matching = new Set<number>();
  private readonly dead = new Set<number>();

  constructor(selection: PacketSelection) {
    this.selection = selection;
  }

  get found(): number[] {
    const all = [...this.matching];
    return this.selection.isDropped === true ? all.filter((id) => this.dead.has(id)) : all;
  }

  step({ host }: NetNamespace, packet: Packet, { kind }: TraceStep): void {
    if (kind === 'sent' || kind === 'received') this.look(host, packet, frameAtHead(packet));
    else if (kind === 'output') this.look(host, packet, frameOf(packet));
  }

  dropped(host: Host, packet: Packet, reason: number): void {
    const frame = frameOf(packet);
    this.look(host, packet, frame);
    if (!isRoutineDrop(DROP_REASONS[reason]!, frame)) this.dead.add(packet.id);
  }

  private look(host: Host, packet: Packet, { buf, offset, length }: Frame): void {
    const { filter, fromNs = 0, toNs = Infinity } = this.selection;
    if (this.matching.has(packet.id)) return;
    const timeNs = host.nowNs();
    if (timeNs < fromNs || timeNs > toNs) return;
    if (filter === undefined || filter.matches(buf, offset, length)) this.matching.add(packet.id);
  }
}
