/** Link types, as registered at www.tcpdump.org/linktypes.html. */
export const LINKTYPE_ETHERNET = 1;

/** The snapshot length that tcpdump writes: longer than any packet, so nothing is cut. */
export const MAXIMUM_SNAPLEN = 262_144;
