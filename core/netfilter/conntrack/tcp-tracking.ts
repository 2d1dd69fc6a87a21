/** What the TCP tracker knows of the sender of one direction (struct ip_ct_tcp_state). */
export class TcpPeer {
  /** Highest sequence number sent, plus one. */
  end = 0;
  /** Highest of the other side's acknowledgement plus window: the limit for `end`. */
  maxEnd = 0;
  /** Largest window advertised, in bytes. */
  maxWindow = 0;
  /** Highest acknowledgement sent. */
  maxAck = 0;
  /** Window shift, when IP_CT_TCP_FLAG_WINDOW_SCALE is set. */
  scale = 0;
  /** IP_CT_TCP_FLAG_* */
  flags = 0;
}

/** State of one TCP connection in the tracker (struct ip_ct_tcp). Sequence numbers are signed 32-bit integers. */
export class TcpTracking {
  readonly original = new TcpPeer();
  readonly reply = new TcpPeer();
  /** TCP_CONNTRACK_* */
  state = 0;
  /** The packet seen last: its direction, TCP_*_SET index, numbers and window, to recognise retransmissions. */
  lastDir = 0;
  lastIndex = 0;
  lastSeq = 0;
  lastAck = 0;
  lastEnd = 0;
  lastWindow = 0;
  lastScale = 0;
  lastFlags = 0;
  retransmissions = 0;
}
