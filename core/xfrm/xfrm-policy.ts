import { XfrmUsage, noLimits, type XfrmLimits } from './xfrm-lifetime.ts';
import type { XfrmBundle } from './xfrm-bundle.ts';
import { NO_MARK, type XfrmMark, type XfrmSelector } from './xfrm-selector.ts';

/** Directions of policies (XFRM_POLICY_IN, _OUT, _FWD). */
export type PolicyDirection = 'in' | 'out' | 'fwd';
export const POLICY_DIRECTIONS: readonly PolicyDirection[] = ['in', 'out', 'fwd'];

/** One transform that a policy asks for (struct xfrm_user_tmpl). */
export interface XfrmTemplate {
  /** Ends of a tunnel; 0 for any. */
  readonly source: number;
  readonly destination: number;
  /** 50 for ESP. */
  readonly protocol: number;
  /** 0 for any. */
  readonly spi: number;
  readonly reqid: number;
  readonly mode: 'transport' | 'tunnel';
  /** `level use`: done without when there is no association. */
  readonly optional: boolean;
}

/** What a policy is made of (struct xfrm_userpolicy_info and its attributes). */
export interface PolicySettings {
  direction: PolicyDirection;
  selector: XfrmSelector;
  mark?: XfrmMark;
  action?: 'allow' | 'block';
  priority?: number;
  /** XFRM_POLICY_LOCALOK 1, XFRM_POLICY_ICMP 2. */
  flags?: number;
  limits?: XfrmLimits;
  templates?: readonly XfrmTemplate[];
}

/** A policy (struct xfrm_policy). */
export class XfrmPolicy {
  readonly direction: PolicyDirection;
  readonly selector: XfrmSelector;
  readonly mark: XfrmMark;
  readonly action: 'allow' | 'block';
  readonly priority: number;
  readonly flags: number;
  readonly limits: XfrmLimits;
  readonly templates: readonly XfrmTemplate[];
  readonly usage: XfrmUsage;
  /** The number `ip -s xfrm policy` shows: the direction in its low bits. */
  index = 0;
  /** What its templates came to last. */
  bundle: XfrmBundle | null = null;

  constructor(settings: PolicySettings, nowNs: number) {
    this.direction = settings.direction;
    this.selector = settings.selector;
    this.mark = settings.mark ?? NO_MARK;
    this.action = settings.action ?? 'allow';
    this.priority = settings.priority ?? 0;
    this.flags = settings.flags ?? 0;
    this.limits = settings.limits ?? noLimits();
    this.templates = settings.templates ?? [];
    this.usage = new XfrmUsage(nowNs);
  }
}
