/** Bits of an entry's status (enum ip_conntrack_status). */
export const IPS_EXPECTED = 0x1;
/** Packets went both ways. */
export const IPS_SEEN_REPLY = 0x2;
/** Not to be dropped early when the table is full. */
export const IPS_ASSURED = 0x4;
/** In the table: a packet of the connection has left the machine, or reached it. */
export const IPS_CONFIRMED = 0x8;
export const IPS_SRC_NAT = 0x10;
export const IPS_DST_NAT = 0x20;
export const IPS_SRC_NAT_DONE = 0x80;
export const IPS_DST_NAT_DONE = 0x100;
/** Taken out of the table while packets may still hold the entry. */
export const IPS_DYING = 0x200;
/** The timeout is not renewed by packets. */
export const IPS_FIXED_TIMEOUT = 0x400;
/** A template of the CT target, never in the table. */
export const IPS_TEMPLATE = 0x800;

export const IPS_NAT_MASK = IPS_SRC_NAT | IPS_DST_NAT;
export const IPS_NAT_DONE_MASK = IPS_SRC_NAT_DONE | IPS_DST_NAT_DONE;
/** The connection was begun by this machine (nf_conn.local_origin, a field of its own in the kernel). */
export const IPS_LOCAL_ORIGIN = 0x10000;
