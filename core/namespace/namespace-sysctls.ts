/** Namespace-wide settings (net.ipv4.* and net.ipv6.* that are not per device), with Linux 6.1's defaults. */
export class NamespaceSysctls {
  /** net.ipv4.ip_forward. */
  ipForward = 0;
  ipDefaultTtl = 64;
  ipNoPmtuDisc = 0;
  ipForwardUsePmtu = 0;
  ipLocalPortRange: [number, number] = [32768, 60999];
  ipUnprivilegedPortStart = 1024;
  ipNonlocalBind = 0;
  icmpEchoIgnoreAll = 0;
  icmpEchoIgnoreBroadcasts = 1;
  icmpIgnoreBogusErrorResponses = 1;
  icmpErrorsUseInboundIfaddr = 0;
  /** Milliseconds between two limited ICMP messages to one destination. */
  icmpRatelimitMs = 1000;
  icmpRatemask = 0x1818;
  icmpMsgsPerSec = 1000;
  icmpMsgsBurst = 50;
  ipfragTimeNs = 30_000_000_000;
  ipfragHighThresh = 4 * 1024 * 1024;
  ipfragMaxDist = 64;
  minPmtu = 552;
  mtuExpiresNs = 600_000_000_000;
  /** net.ipv4.conf.all and net.ipv4.conf.default. */
  readonly confAll = newDeviceConf();
  readonly confDefault = newDeviceConf();
  neighGcThresh1 = 128;
  neighGcThresh2 = 512;
  neighGcThresh3 = 1024;
  pingGroupRange: [number, number] = [1, 0];
  tcpEcn = 2;
  tcpTimestamps = 1;
  tcpSack = 1;
  tcpWindowScaling = 1;
  tcpSynRetries = 6;
  tcpSynackRetries = 5;
  tcpRetries2 = 15;
  tcpFinTimeoutS = 60;
  tcpKeepaliveTimeS = 7200;
  tcpKeepaliveProbes = 9;
  tcpKeepaliveIntvlS = 75;
  tcpCongestionControl = 'cubic';
  tcpRmem: [number, number, number] = [4096, 131072, 6291456];
  tcpWmem: [number, number, number] = [4096, 16384, 4194304];
  somaxconn = 4096;
  tcpMaxSynBacklog = 512;
  rmemDefault = 212_992;
  rmemMax = 212_992;
  wmemDefault = 212_992;
}

/** The keys of net.ipv4.conf.* that `all` and `default` carry too. */
export interface DeviceConf {
  forwarding: number;
  rpFilter: number;
  routeLocalnet: number;
  arpIgnore: number;
  arpAnnounce: number;
  proxyArp: number;
  sendRedirects: number;
  acceptRedirects: number;
  acceptLocal: number;
}

function newDeviceConf(): DeviceConf {
  return {
    forwarding: 0,
    rpFilter: 0,
    routeLocalnet: 0,
    arpIgnore: 0,
    arpAnnounce: 0,
    proxyArp: 0,
    sendRedirects: 1,
    acceptRedirects: 1,
    acceptLocal: 0,
  };
}
