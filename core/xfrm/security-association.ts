import type { NetNamespace } from '../namespace/net-namespace.ts';
import { SEAL_KNOWN, type Packet } from '../packet/packet.ts';
import type { PendingSeal } from '../packet/pending-seal.ts';
import type { Timer } from '../sim/timer.ts';
import { espTransform, type EspTransform } from './esp-transform.ts';
import type { XfrmAlgorithms } from './esp-algorithms.ts';
import { ReplayState } from './replay-state.ts';
import { XfrmUsage, deadlineNs, noLimits, type XfrmLimits } from './xfrm-lifetime.ts';
import { ANY_SELECTOR, NO_MARK, type XfrmMark, type XfrmSelector } from './xfrm-selector.ts';
import { ESP_HEADER_LENGTH } from '../../protocols/esp.ts';

/** States (XFRM_STATE_*). */
export type AssociationState = 'valid' | 'expired' | 'dead';

/** What an association is made of (struct xfrm_usersa_info and its attributes). */
export interface AssociationSettings {
  source: number;
  destination: number;
  spi: number;
  protocol: number;
  mode: 'transport' | 'tunnel';
  reqid?: number;
  mark?: XfrmMark;
  /** Mark that packets leave with (output-mark), or null. */
  outputMark?: XfrmMark | null;
  selector?: XfrmSelector;
  /** Numbers in the anti-replay window, 0 for none. */
  replayWindow?: number;
  extendedSequence?: boolean;
  sequenceMayWrap?: boolean;
  noEcn?: boolean;
  decapDscp?: boolean;
  noPmtuDiscovery?: boolean;
  limits?: XfrmLimits;
  algorithms: XfrmAlgorithms;
}

/** Hears of an association whose limits are reached. */
export interface AssociationOwner {
  /** `hard`: it is to be deleted. */
  limitReached(association: SecurityAssociation, hard: boolean): void;
}

/** A security association (struct xfrm_state): one direction of ESP between two addresses. */
export class SecurityAssociation implements PendingSeal {
  readonly source: number;
  readonly destination: number;
  /** Security parameters index (host order). */
  readonly spi: number;
  /** IP protocol: ESP 50. */
  readonly protocol: number;
  readonly mode: 'transport' | 'tunnel';
  readonly reqid: number;
  readonly mark: XfrmMark;
  readonly outputMark: XfrmMark | null;
  readonly selector: XfrmSelector;
  readonly settings: AssociationSettings;
  readonly algorithms: XfrmAlgorithms;
  readonly transform: EspTransform;
  readonly replay: ReplayState;
  readonly usage: XfrmUsage;
  limits: XfrmLimits;
  state: AssociationState = 'valid';
  /** A soft limit was reached: a younger one is preferred. */
  dying = false;
  /** Packets refused: older than the window, seen before, not genuine (struct xfrm_stats). */
  readonly stats = { replayWindow: 0, replay: 0, integrityFailed: 0 };
  /** The sec_path of a packet that only this association opened; shared, so never changed. */
  readonly path: SecurityAssociation[] = [this];
  private readonly netns: NetNamespace;
  private readonly owner: AssociationOwner;
  private readonly timer: Timer;
  private knownTwin: SecurityAssociation | null = null;

  constructor(netns: NetNamespace, owner: AssociationOwner, settings: AssociationSettings) {
    const { sim, env, name } = netns.host;
    this.netns = netns;
    this.owner = owner;
    this.settings = settings;
    this.source = settings.source;
    this.destination = settings.destination;
    this.spi = settings.spi;
    this.protocol = settings.protocol;
    this.mode = settings.mode;
    this.reqid = settings.reqid ?? 0;
    this.mark = settings.mark ?? NO_MARK;
    this.outputMark = settings.outputMark ?? null;
    this.selector = settings.selector ?? ANY_SELECTOR;
    this.algorithms = settings.algorithms;
    this.limits = settings.limits ?? noLimits();
    const extended = settings.extendedSequence === true;
    this.replay = new ReplayState(settings.replayWindow ?? 0, extended, settings.sequenceMayWrap);
    const ivSalt = sim.random.stream(`${name}/${netns.id}:xfrm-iv`).bytes(8);
    this.transform = espTransform(settings.algorithms, extended, ivSalt, env.ciphers);
    this.usage = new XfrmUsage(sim.nowNs);
    this.timer = netns.host.timer(() => this.timeReached());
    this.armTimer();
  }

  get usesEsn(): boolean {
    return this.replay.extended;
  }

  /** xfrm_state_check_expire: notes the use; false when the hard limit of bytes or packets is reached. */
  checkExpire(): boolean {
    const { usage, limits } = this;
    if (usage.usedNs < 0) {
      usage.usedNs = this.netns.host.sim.nowNs;
      this.armTimer();
    }
    if (usage.bytes >= limits.hardBytes || usage.packets >= limits.hardPackets) {
      this.state = 'expired';
      this.timer.arm(0);
      return false;
    }
    if (!this.dying && (usage.bytes >= limits.softBytes || usage.packets >= limits.softPackets)) {
      this.dying = true;
      this.owner.limitReached(this, false);
    }
    return true;
  }

  /** New limits (`ip xfrm state update`): they count afresh. */
  setLimits(limits: XfrmLimits): void {
    this.limits = limits;
    this.dying = false;
    this.armTimer();
  }

  /** Taken out of the database: its timer stops. Packets on their way still know it. */
  release(): void {
    this.state = 'dead';
    this.timer.cancel();
  }

  /** Encrypts a packet whose ciphertext was put off, keeping the plaintext beside it; see Packet.sealState. */
  seal(packet: Packet): void {
    const offset = packet.tail - packet.sealedLength;
    const textOffset = offset + ESP_HEADER_LENGTH + this.transform.ivLength;
    const textEnd = packet.tail - this.transform.icvLength;
    const length = textEnd - textOffset;
    if (packet.plaintext === null || packet.plaintext.length < length) {
      packet.plaintext = new Uint8Array(Math.max(2048, length));
    }
    packet.plaintext.set(packet.buf.subarray(textOffset, textEnd));
    this.transform.seal(packet.buf, offset, packet.sealedLength, packet.sealedSequenceHigh);
    packet.sealState = SEAL_KNOWN;
  }

  /** Whether this association opens what `other` sealed: the same algorithms and keys. */
  opens(other: SecurityAssociation): boolean {
    if (other === this.knownTwin) return true;
    if (this.usesEsn !== other.usesEsn || !sameAlgorithms(this.algorithms, other.algorithms)) return false;
    this.knownTwin = other;
    return true;
  }

  private armTimer(): void {
    const { usage, limits } = this;
    const hard = deadlineNs(usage, limits.hardAddSeconds, limits.hardUseSeconds);
    const soft = this.dying ? Infinity : deadlineNs(usage, limits.softAddSeconds, limits.softUseSeconds);
    const next = Math.min(hard, soft);
    if (next === Infinity) this.timer.cancel();
    else this.timer.armAt(Math.max(next, this.netns.host.sim.nowNs));
  }

  /** xfrm_timer_handler. */
  private timeReached(): void {
    const { usage, limits } = this;
    const now = this.netns.host.sim.nowNs;
    const expired = this.state === 'expired';
    if (expired || now >= deadlineNs(usage, limits.hardAddSeconds, limits.hardUseSeconds)) {
      this.state = 'expired';
      this.owner.limitReached(this, true);
      return;
    }
    if (!this.dying && now >= deadlineNs(usage, limits.softAddSeconds, limits.softUseSeconds)) {
      this.dying = true;
      this.owner.limitReached(this, false);
    }
    this.armTimer();
  }
}

function sameAlgorithms(a: XfrmAlgorithms, b: XfrmAlgorithms): boolean {
  return (
    sameAlgorithm(a.aead, b.aead) &&
    a.aead?.icvBits === b.aead?.icvBits &&
    sameAlgorithm(a.encryption, b.encryption) &&
    sameAlgorithm(a.authentication, b.authentication) &&
    a.authentication?.truncBits === b.authentication?.truncBits
  );
}

function sameAlgorithm(
  a: { name: string; key: Uint8Array } | null,
  b: { name: string; key: Uint8Array } | null,
): boolean {
  if (a === null || b === null) return a === b;
  return a.name === b.name && a.key.length === b.key.length && a.key.every((byte, i) => byte === b.key[i]);
}
