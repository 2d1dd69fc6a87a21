import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { Ipv6AddressMap } from './ipv6-address-map.ts';
import type { NetNamespace } from './net-namespace.ts';

/** Messages to one destination that may be sent in a burst (XRLIM_BURST_FACTOR). */
const BURST_FACTOR = 6;
const PEER_LIMIT = 65_536;
/** net.ipv6.icmp.ratelimit. */
const RATE_LIMIT_NS = 1_000_000_000;

/**
 * ICMPv6 rate limits (icmpv6_xrlim_allow, icmpv6_global_allow): every error but "packet too big" takes a token of
 * the machine's bucket and one of its destination's, which fills faster the shorter the route's prefix is.
 */
export class Icmpv6RateLimiter {
  private readonly netns: NetNamespace;
  private globalCredit = 50;
  private globalStampNs = 0;
  private readonly peers = new Ipv6AddressMap<{ tokensNs: number; stampNs: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Whether an error may go to `destination` now; takes the tokens if so. */
  allow(type: number, destination: Ipv6Address, prefixLength: number): boolean {
    if (type === ICMPV6_TYPE.PKT_TOOBIG) return true;
    return this.allowGlobal() && this.allowPeer(destination, prefixLength);
  }

  /** icmp_global_allow. */
  private allowGlobal(): boolean {
    const now = this.netns.host.sim.nowNs;
    const { icmpMsgsPerSec, icmpMsgsBurst } = this.netns.sysctl;
    const earned = Math.floor(((now - this.globalStampNs) / 1e9) * icmpMsgsPerSec);
    if (earned > 0) {
      this.globalCredit = Math.min(icmpMsgsBurst, this.globalCredit + earned);
      this.globalStampNs = now;
    }
    if (this.globalCredit <= 0) return false;
    this.globalCredit--;
    return true;
  }

  /** inet_peer_xrlim_allow. */
  private allowPeer(destination: Ipv6Address, prefixLength: number): boolean {
    const timeoutNs = RATE_LIMIT_NS / 2 ** ((128 - prefixLength) >> 5);
    const now = this.netns.host.sim.nowNs;
    let peer = this.peers.get(destination);
    if (peer === undefined) {
      if (this.peers.size >= PEER_LIMIT) this.peers.clear();
      peer = { tokensNs: BURST_FACTOR * timeoutNs, stampNs: now };
      this.peers.set(destination, peer);
    }
    peer.tokensNs = Math.min(BURST_FACTOR * timeoutNs, peer.tokensNs + now - peer.stampNs);
    peer.stampNs = now;
    if (peer.tokensNs < timeoutNs) return false;
    peer.tokensNs -= timeoutNs;
    return true;
  }
}
