/**
 * What /proc/net/netstat and /proc/net/snmp count of TCP in a namespace; the names are the kernel's. A segment
 * that is dropped raises exactly one of the counters marked as a drop.
 */
export class TcpCounters {
  ActiveOpens = 0;
  PassiveOpens = 0;
  AttemptFails = 0;
  EstabResets = 0;
  OutRsts = 0;
  RetransSegs = 0;
  TCPTimeouts = 0;
  TCPLossProbes = 0;
  TCPFastRetrans = 0;
  TCPSackRecovery = 0;
  TCPRenoRecovery = 0;
  TCPSpuriousRTOs = 0;
  TCPFullUndo = 0;
  TCPDSACKUndo = 0;
  TCPSACKReneging = 0;
  TCPOFOQueue = 0;
  TCPKeepAlive = 0;
  TCPWinProbe = 0;
  TCPChallengeACK = 0;
  TCPAbortOnData = 0;
  TCPAbortOnClose = 0;
  TCPAbortOnTimeout = 0;
  TCPAbortOnLinger = 0;
  TCPHystartTrainDetect = 0;
  TCPHystartDelayDetect = 0;
  /** Drops: an old timestamp (RFC 7323 section 5). */
  PAWSEstab = 0;
  PAWSActive = 0;
  /** Drops: outside the receive window (the kernel answers but does not count). */
  TCPOutOfWindow = 0;
  /** Drops: nothing new in it; a D-SACK answers. */
  DelayedACKLost = 0;
  /** Drops: acknowledges what was never sent, or too long ago. */
  TCPInvalidAck = 0;
  /** Drops: neither ACK, SYN nor RST, or a flag that its state does not expect. */
  TCPInvalidFlags = 0;
  /** Drops: data arrived and the receive buffer is full. */
  TCPRcvQDrop = 0;
  TCPZeroWindowDrop = 0;
  OfoPruned = 0;
  /** Drops: SYN or final ACK while the accept queue is full. */
  ListenOverflows = 0;
  /** Drops: SYN while the SYN queue is full. */
  TCPReqQFullDrop = 0;
  /** Drops: the flow is gone. */
  TCPClosedDrop = 0;
  /** Resets answered to segments for nobody. */
  TCPResetSent = 0;
}
