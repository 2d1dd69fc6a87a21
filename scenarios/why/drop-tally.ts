import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { DROP_REASON_TEXT } from '../../core/packet/drop-reason-text.ts';
import type { Packet } from '../../core/packet/packet.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import { frameOf } from './frame-of.ts';
import { DropContext, ruleText } from './drop-context.ts';
import type { DropGroup } from './life.ts';
import { kindText, packetText } from './packet-text.ts';
import { PlaceNames } from './place-names.ts';
import { isRoutineDrop } from './routine-drop.ts';

type OpenGroup = { -readonly [key in keyof DropGroup]: DropGroup[key] };

/** Counts what is dropped, by reason, place and kind of packet. */
export class DropTally implements Tracer {
  total = 0;
  private readonly context = new DropContext();
  private readonly names = new PlaceNames();
  private readonly byKey = new Map<string, OpenGroup>();

  step(netns: NetNamespace, packet: Packet, step: TraceStep): void {
    this.context.note(netns, packet, step);
  }

  dropped(host: Host, packet: Packet, reasonNumber: number, where: NetDevice | null): void {
    const reason = DROP_REASONS[reasonNumber]!;
    const rule = this.context.ruleOf(packet, reason);
    const frame = frameOf(packet);
    const text = packetText(frame);
    const place = {
      host: host.name,
      namespace: this.names.namespace(this.context.namespaceOf(host, where)),
      device: where === null ? null : this.names.device(where),
    };
    const kind = kindText(text);
    const isRoutine = isRoutineDrop(reason, frame);
    const by = rule === null ? '' : ruleText(rule);
    const key = [reason, place.namespace, place.device, by, kind, isRoutine].join('\n');
    const timeNs = host.nowNs();
    this.total++;
    const group = this.byKey.get(key);
    if (group !== undefined) {
      group.count++;
      group.lastNs = timeNs;
      return;
    }
    const meaning = DROP_REASON_TEXT[reason] ?? '';
    const first = { packet: packet.id, text };
    const times = { firstNs: timeNs, lastNs: timeNs };
    this.byKey.set(key, {
      count: 1,
      reason,
      meaning,
      ...place,
      rule,
      packets: kind,
      isRoutine,
      ...times,
      first,
    });
  }

  /** Those that say something first, and of each kind in the order of time. */
  groups(): DropGroup[] {
    return [...this.byKey.values()].sort((a, b) => Number(a.isRoutine) - Number(b.isRoutine));
  }
}
