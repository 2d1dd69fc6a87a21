import { FrameView } from './frame-view.ts';
import type { FilterNode } from './nodes.ts';
import { FilterParser } from './parser.ts';

/**
 * A compiled capture filter for Ethernet frames: the language of pcap-filter(7) as libpcap means it, but for
 * LLC, MPLS, PPPoE, 802.11 and other link types, `gateway`, `protochain`, `ip broadcast` and names of hosts and
 * networks, each of which is refused by name.
 */
export class PacketFilter {
  /** The expression it was compiled from. */
  readonly text: string;
  private readonly root: FilterNode;
  private readonly frame = new FrameView();

  constructor(text: string) {
    this.text = text;
    this.root = new FilterParser(text).parse();
  }

  /** Whether the frame at `offset` matches. Allocates nothing and never throws, whatever the bytes. */
  matches(buf: Uint8Array, offset: number, length: number): boolean {
    const frame = this.frame;
    frame.set(buf, offset, length);
    return this.root.matches(frame) && !frame.rejected;
  }
}

/** Compiles a filter expression; the empty expression matches all. Throws FilterError on a mistake. */
export function compileFilter(text: string): PacketFilter {
  return new PacketFilter(text);
}
