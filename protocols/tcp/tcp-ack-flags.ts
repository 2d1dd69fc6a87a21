/** What an ACK brought, as bits (FLAG_* of net/ipv4/tcp_input.c). */
export const FLAG_DATA = 0x01;
export const FLAG_WINDOW_UPDATE = 0x02;
export const FLAG_DATA_ACKED = 0x04;
export const FLAG_RETRANSMIT_ACKED = 0x08;
export const FLAG_SYN_ACKED = 0x10;
export const FLAG_DATA_SACKED = 0x20;
export const FLAG_ECE = 0x40;
/** A retransmission was found lost. */
export const FLAG_LOST_RETRANSMIT = 0x80;
/** Data that was never retransmitted was acknowledged, below high_seq. */
export const FLAG_ORIGINAL_ACKED = 0x200;
export const FLAG_UNA_ADVANCED = 0x400;
export const FLAG_DSACK = 0x800;
export const FLAG_SET_TIMER = 0x1000;
export const FLAG_SACK_RENEGING = 0x2000;
/** The D-SACK was for a tail loss probe. */
export const FLAG_DSACK_TLP = 0x4000;

export const FLAG_ACKED = FLAG_DATA_ACKED | FLAG_SYN_ACKED;
export const FLAG_NOT_DUPLICATE = FLAG_DATA | FLAG_WINDOW_UPDATE | FLAG_ACKED;
export const FLAG_ALERT = FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACK;
