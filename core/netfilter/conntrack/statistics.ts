/** What `conntrack -S` shows (struct ip_conntrack_stat), one CPU. */
export class ConntrackStatistics {
  found = 0;
  invalid = 0;
  insert = 0;
  insertFailed = 0;
  drop = 0;
  earlyDrop = 0;
  /** ICMP errors that could not be made sense of. */
  error = 0;
  searchRestart = 0;
  clashResolve = 0;
  chainTooLong = 0;
}
