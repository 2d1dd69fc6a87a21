import { IP_CT_NEW, IP_CT_UNTRACKED } from '../../packet/packet.ts';
import { ConntrackEntry } from '../conntrack/entry.ts';
import { IPS_TEMPLATE } from '../conntrack/status.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { netfilterOf } from '../netfilter-state.ts';
import { XT_CONTINUE, type MatchContext, type Target } from '../tables/match.ts';
import {
  FLAG,
  parseUnsigned,
  quoted,
  VALUE,
  type GivenOptions,
  type RuleSurroundings,
  type TargetExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

const RAW = ['raw'];

/**
 * `-j CT` and `-j NOTRACK` (xt_CT.c): a packet that is not tracked, or tracked in a zone.
 * Not modelled: `--helper`, `--ctevents`, `--timeout`, zones for one direction.
 */
export class CtTarget implements Target {
  readonly name: 'CT' | 'NOTRACK';
  readonly tables = RAW;
  private readonly template: ConntrackEntry | null;

  constructor(name: 'CT' | 'NOTRACK', given: GivenOptions, rule: RuleSurroundings) {
    this.name = name;
    const zone = given.value('zone');
    if (name === 'NOTRACK' || given.has('notrack') || zone === undefined) {
      this.template = null;
      if (name === 'CT' && !given.has('notrack'))
        throw new ParameterError('CT: --notrack or --zone must be specified');
      return;
    }
    const tuple = new Tuple();
    tuple.family = rule.family;
    tuple.zone = parseUnsigned('CT', 'zone', zone, 65535);
    this.template = new ConntrackEntry(tuple, tuple);
    this.template.status |= IPS_TEMPLATE;
  }

  run(context: MatchContext): number {
    const packet = context.packet;
    // Tracked already, over loopback.
    if (packet.nfct !== null) return XT_CONTINUE;
    packet.nfct = this.template;
    packet.ctInfo = this.template === null ? IP_CT_UNTRACKED : IP_CT_NEW;
    return XT_CONTINUE;
  }

  save(): string {
    if (this.name === 'NOTRACK') return '';
    return this.template === null ? ' --notrack' : ` --zone ${this.template.zone}`;
  }

  list(): string {
    if (this.name === 'NOTRACK') return '';
    return this.template === null ? ' CT notrack' : ` CT zone ${this.template.zone}`;
  }
}

/** `-j TRACE` (xt_TRACE.c): each rule the packet matches from here on is logged. */
export class TraceTarget implements Target {
  readonly name = 'TRACE';
  readonly tables = RAW;

  run(context: MatchContext): number {
    context.packet.nfTrace = true;
    return XT_CONTINUE;
  }

  save(): string {
    return '';
  }

  list(): string {
    return '';
  }
}

/** Hears of the packets that NFLOG rules match: what a program on that group would get. */
export interface NflogListener {
  logged(group: number, prefix: string, context: MatchContext): void;
}

/** `-j NFLOG` (xt_NFLOG.c): shows the packet to whoever listens to the group. */
export class NflogTarget implements Target {
  readonly name = 'NFLOG';
  private readonly group: number;
  private readonly prefix: string;
  private readonly size: number;
  private readonly threshold: number;

  constructor(given: GivenOptions) {
    const number = (name: string, max: number) => {
      const text = given.value(name);
      return text === undefined ? 0 : parseUnsigned('NFLOG', name, text, max);
    };
    this.group = number('nflog-group', 65535);
    this.prefix = given.value('nflog-prefix') ?? '';
    this.size = number('nflog-size', 0xffffffff);
    this.threshold = number('nflog-threshold', 65535);
  }

  run(context: MatchContext): number {
    for (const listener of netfilterOf(context.netns).nflogListeners) {
      listener.logged(this.group, this.prefix, context);
    }
    return XT_CONTINUE;
  }

  save(): string {
    return this.text('--');
  }

  list(): string {
    return this.text('');
  }

  private text(prefix: string): string {
    let text = this.prefix === '' ? '' : ` ${prefix}nflog-prefix${quoted(this.prefix)}`;
    if (this.group !== 0) text += ` ${prefix}nflog-group ${this.group}`;
    if (this.size !== 0) text += ` ${prefix}nflog-size ${this.size}`;
    if (this.threshold !== 0) text += ` ${prefix}nflog-threshold ${this.threshold}`;
    return text;
  }
}

export const ctExtension: TargetExtension = {
  name: 'CT',
  options: { notrack: FLAG, zone: VALUE },
  build: (given, rule) => new CtTarget('CT', given, rule),
};
export const notrackExtension: TargetExtension = {
  name: 'NOTRACK',
  options: {},
  build: (given, rule) => new CtTarget('NOTRACK', given, rule),
};
export const traceExtension: TargetExtension = {
  name: 'TRACE',
  options: {},
  build: () => new TraceTarget(),
};
export const nflogExtension: TargetExtension = {
  name: 'NFLOG',
  options: {
    'nflog-group': VALUE,
    'nflog-prefix': VALUE,
    'nflog-size': VALUE,
    'nflog-threshold': VALUE,
  },
  build: (given) => new NflogTarget(given),
};
