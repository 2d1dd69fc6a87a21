import type { Packet } from '../../packet/packet.ts';
import type { ConntrackTable } from './conntrack-table.ts';
import type { ConntrackEntry } from './entry.ts';

/** What a tracker says of a packet (the negated netfilter verdicts that nf_conntrack_handle_packet returns). */
export const TRACK_ACCEPT = 1;
/** The packet is dropped. */
export const TRACK_DROP = 0;
/** The packet goes on, but belongs to no connection: --ctstate INVALID. */
export const TRACK_INVALID = -1;
/** The entry was deleted: look the packet up again. */
export const TRACK_REPEAT = -4;

/** Follows the connections of one transport protocol. */
export interface Tracker {
  /** Whether two packets that make the same connection at once may share it (nf_conntrack_l4proto.allow_clash). */
  readonly allowClash: boolean;
  /**
   * Judges a packet of `entry` in direction `dir` whose transport header is at `at`, and renews the entry's timeout.
   * `hook` is PRE_ROUTING or LOCAL_OUT.
   */
  packet(
    table: ConntrackTable,
    entry: ConntrackEntry,
    packet: Packet,
    at: number,
    dir: number,
    hook: number,
  ): number;
}
