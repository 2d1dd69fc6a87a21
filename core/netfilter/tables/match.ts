import type { NetDevice } from '../../device/net-device.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { get16 } from '../../../protocols/bytes.ts';
import type { Packet } from '../../packet/packet.ts';
import { AF_INET } from '../conntrack/tuple.ts';

/** What a target returns to have the next rule looked at (XT_CONTINUE). */
export const XT_CONTINUE = -1;
/** What a target returns to leave the chain (XT_RETURN). */
export const XT_RETURN = -5;

/** What matches and targets see of a packet at a hook (struct xt_action_param). One object a table, reused. */
export class MatchContext {
  readonly netns: NetNamespace;
  readonly family: number;
  packet!: Packet;
  inDev: NetDevice | null = null;
  outDev: NetDevice | null = null;
  hook = 0;
  /** IPv4 protocol, or the IPv6 upper-layer one. */
  protocol = 0;
  /** IPv4 addresses as signed 32-bit words. */
  source = 0;
  destination = 0;
  /** Absolute offset of the transport header, and the fragment offset in units of eight bytes. */
  transport = 0;
  fragmentOffset = 0;
  /** Set by a match that finds a packet it cannot read: the packet is dropped. */
  hotDrop = false;
  /** Name of the table, for logs and traces. */
  readonly tableName: string;

  constructor(netns: NetNamespace, family: number, tableName: string) {
    this.netns = netns;
    this.family = family;
    this.tableName = tableName;
  }

  get isIpv4(): boolean {
    return this.family === AF_INET;
  }

  /** Bytes of the packet from the network header. */
  get length(): number {
    return this.packet.tail - this.packet.networkOffset;
  }

  /** Whether `bytes` of transport header can be read; a fragment that is not the first has none. */
  hasTransport(bytes: number): boolean {
    return this.fragmentOffset === 0 && this.transport + bytes <= this.packet.tail;
  }

  get sourcePort(): number {
    return get16(this.packet.buf, this.transport);
  }

  get destinationPort(): number {
    return get16(this.packet.buf, this.transport + 2);
  }
}

/** A match of a rule (`-m`): its test and its texts, each with the space that goes before. */
export interface Match {
  /** As after `-m`. */
  readonly name: string;
  /** Whether the packet matches. Runs for every packet that comes by: no strings, no allocation. */
  matches(context: MatchContext): boolean;
  /** The options as iptables-save prints them. */
  save(): string;
  /** What `iptables -L` prints. */
  list(numeric: boolean): string;
  /** Hooks it may be reached from, as a mask of 1 << hook; not given for any. */
  readonly hooks?: number;
  /** A range of ports that the compiler may test inline instead of calling `matches`. */
  readonly ports?: PortTest;
}

/** Inclusive port ranges, for the rule compiler. */
export interface PortTest {
  readonly sourceLow: number;
  readonly sourceHigh: number;
  readonly destinationLow: number;
  readonly destinationHigh: number;
  /** Bytes of transport header there must be. */
  readonly headerLength: number;
}

/** A target other than the standard ones (`-j`). */
export interface Target {
  readonly name: string;
  /** A verdict (NF_*), XT_CONTINUE or XT_RETURN. */
  run(context: MatchContext): number;
  save(): string;
  list(numeric: boolean): string;
  /** Tables it may stand in; null for any. */
  readonly tables?: readonly string[];
  /** Hooks it may be reached from, as a mask of 1 << hook; not given for any. */
  readonly hooks?: number;
}
