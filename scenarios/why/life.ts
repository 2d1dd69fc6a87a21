import type { DropReasonName } from '../../core/packet/drop-reason.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';

/** A packet, by its number in the run. */
export interface PacketName {
  readonly packet: number;
  /** In tcpdump's words. */
  readonly text: string;
}

/** A netfilter rule, or the end of a chain. */
export interface RulePlace {
  readonly table: string;
  /** PREROUTING, INPUT, FORWARD, OUTPUT or POSTROUTING. */
  readonly hook: string;
  readonly chain: string;
  readonly what: 'rule' | 'policy' | 'return';
  /** From 1; of a policy or return, one more than there are rules. */
  readonly number: number;
  /** As iptables-save prints it, without the chain; of a policy its verdict; of a return ''. */
  readonly text: string;
}

/** One thing that happened to a packet. */
export interface LifeStep {
  readonly timeNs: number;
  readonly host: string;
  /** The host itself, a container, or `host:netns`. */
  readonly namespace: string;
  readonly kind: TraceStep['kind'] | 'dropped' | 'caused';
  /** The device that it is about, as its namespace knows it. */
  readonly device?: string;
  /** What happened, for a person. */
  readonly text: string;
  /** What the packet looks like now, when that has changed. */
  readonly packet?: string;
  readonly rule?: RulePlace;
  readonly reason?: DropReasonName;
  /** Another packet that was sent because of this one: an answer, an error, an ARP request. */
  readonly caused?: PacketName;
}

/** All that happened to one packet, its copies and fragments, in the order of time. */
export interface PacketLife extends PacketName {
  /** The process that sent it, as `ping (pid 1003)`; null when the kernel did. */
  readonly madeBy: string | null;
  /** The number of the packet because of which the kernel sent it; null when there is none, or it cannot be told. */
  readonly cause: number | null;
  readonly steps: readonly LifeStep[];
  /** Steps that were left out: a life may be longer than can be kept. */
  readonly stepsLeftOut: number;
}

/** Packets that died the same way. */
export interface DropGroup {
  readonly count: number;
  readonly reason: DropReasonName;
  /** In a sentence: "the packet was dropped because …". */
  readonly meaning: string;
  readonly host: string;
  readonly namespace: string;
  readonly device: string | null;
  /** The rule that dropped them. */
  readonly rule: RulePlace | null;
  /** What they are, without what tells them apart. */
  readonly packets: string;
  /** It belongs to a network that works: a flooded frame that nobody there wanted. */
  readonly isRoutine: boolean;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly first: PacketName;
}

export interface DropOverview {
  readonly kind: 'overview';
  /** Packets that the run made, copies counted too. */
  readonly created: number;
  readonly dropped: number;
  readonly groups: readonly DropGroup[];
}

export interface PacketLives {
  readonly kind: 'packets';
  /** How many were asked for; `packets` may be fewer, for their limit. */
  readonly matched: number;
  readonly packets: readonly PacketLife[];
}

export type WhyAnswer = DropOverview | PacketLives;
