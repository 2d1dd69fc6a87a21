/** Link types, as registered at www.tcpdump.org/linktypes.html. */
export const LINKTYPE_ETHERNET = 1;
/** Raw IP: the packet starts with an IPv4 or IPv6 header. For devices without a link layer. */
export const LINKTYPE_RAW = 101;

/** The snapshot length that tcpdump writes: longer than any packet, so nothing is cut. */
export const MAXIMUM_SNAPLEN = 262_144;
