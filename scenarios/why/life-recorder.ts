import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { DROP_REASON_TEXT } from '../../core/packet/drop-reason-text.ts';
import type { Packet } from '../../core/packet/packet.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import { Causes, isBirth, senderOf } from './causes.ts';
import { describeStep, processText } from './describe-step.ts';
import { frameAtHead, frameOf } from './frame-of.ts';
import { DropContext, rulePlace, ruleText } from './drop-context.ts';
import type { LifeStep, PacketLife } from './life.ts';
import { packetText } from './packet-text.ts';
import { PlaceNames } from './place-names.ts';

/** A flooded packet of a large network has a step for each of its copies. */
const MAX_STEPS = 2000;

/** Steps at which `packet.head` is at the link header. */
const AT_FRAME: readonly TraceStep['kind'][] = ['sent', 'received', 'decapsulated'];

/** A life that is still being written. */
class OpenLife {
  readonly steps: LifeStep[] = [];
  leftOut = 0;
  /** How the packet looked at first, and at the last step. */
  text = '';
  looks = '';
  madeBy: string | null = null;
  cause: number | null = null;

  /** Adds a step, after which the packet looks like `looks`. */
  add(looks: string, step: LifeStep): void {
    const hasChanged = looks !== this.looks && this.looks !== '';
    if (this.text === '') this.text = looks;
    this.looks = looks;
    if (this.steps.length >= MAX_STEPS) this.leftOut++;
    else this.steps.push(hasChanged ? { ...step, packet: looks } : step);
  }
}

/** Writes down the lives of some packets, by their numbers. */
export class LifeRecorder implements Tracer {
  private readonly lives: Map<number, OpenLife>;
  private readonly names = new PlaceNames();
  private readonly causes = new Causes();
  private readonly context = new DropContext();

  constructor(packets: readonly number[]) {
    this.lives = new Map(packets.map((id) => [id, new OpenLife()]));
  }

  /** The lives, in the order in which they were asked for; of a number that no packet has, there is none. */
  finished(): PacketLife[] {
    return [...this.lives]
      .filter(([, life]) => life.steps.length > 0)
      .map(([packet, { text, madeBy, cause, steps, leftOut }]) => ({
        packet,
        text,
        madeBy,
        cause,
        steps,
        stepsLeftOut: leftOut,
      }));
  }

  step(netns: NetNamespace, packet: Packet, step: TraceStep): void {
    const cause = this.causes.note(netns, packet, step);
    if (cause !== null && cause >= 0) this.noteCaused(netns, packet, cause);
    this.context.note(netns, packet, step);
    const life = this.lives.get(packet.id);
    if (life === undefined) return;
    if (cause !== null) noteBirth(life, netns, step, cause);
    const frame = AT_FRAME.includes(step.kind) ? frameAtHead(packet) : frameOf(packet);
    const looks = step.kind === 'matched' ? life.looks : packetText(frame);
    this.add(life, netns, deviceOf(step), looks, {
      kind: step.kind,
      text: describeStep(step, packet, this.names),
      ...(step.kind === 'matched' ? { rule: rulePlace(step) } : {}),
    });
  }

  dropped(host: Host, packet: Packet, reasonNumber: number, where: NetDevice | null): void {
    const life = this.lives.get(packet.id);
    if (life === undefined) return;
    const reason = DROP_REASONS[reasonNumber]!;
    const rule = this.context.ruleOf(packet, reason);
    const why = rule === null ? `: ${DROP_REASON_TEXT[reason]}` : ` by ${ruleText(rule)}`;
    this.add(life, this.context.namespaceOf(host, where), where, packetText(frameOf(packet)), {
      kind: 'dropped',
      text: `dropped: ${reason}${why}`,
      reason,
      ...(rule === null ? {} : { rule }),
    });
  }

  /** Writes into the life of a packet what was sent because of it. */
  private noteCaused(netns: NetNamespace, packet: Packet, cause: number): void {
    const life = this.lives.get(cause);
    if (life === undefined) return;
    const text = packetText(frameOf(packet));
    this.add(life, netns, null, life.looks, {
      kind: 'caused',
      text: `because of it packet ${packet.id} is sent: ${text}`,
      caused: { packet: packet.id, text },
    });
  }

  private add(
    life: OpenLife,
    netns: NetNamespace,
    device: NetDevice | null,
    looks: string,
    what: Pick<LifeStep, 'kind' | 'text' | 'rule' | 'reason' | 'caused'>,
  ): void {
    const { host } = netns;
    life.add(looks, {
      timeNs: host.nowNs(),
      host: host.name,
      namespace: this.names.namespace(netns),
      ...(device === null ? {} : { device: device.name }),
      ...what,
    });
  }
}

function noteBirth(life: OpenLife, netns: NetNamespace, step: TraceStep, cause: number): void {
  const sender = senderOf(netns);
  if (cause >= 0) life.cause = cause;
  else if (sender !== null && isBirth(step)) life.madeBy = processText(sender);
}

function deviceOf(step: TraceStep): NetDevice | null {
  if ('dev' in step) return step.dev;
  return 'bridge' in step ? step.bridge : null;
}
