import type { NetNamespace } from './net-namespace.ts';

/** Messages to one destination that may be sent in a burst (XRLIM_BURST_FACTOR). */
const BURST_FACTOR = 6;
const PEER_LIMIT = 65_536;

/**
 * ICMP rate limits (net/ipv4/icmp.c): a token bucket for all messages of the namespace's machine and one for each
 * destination. Only the types of `icmp_ratemask` are limited, and nothing that stays on loopback.
 */
export class IcmpRateLimiter {
  private readonly netns: NetNamespace;
  private globalCredit = 50;
  private globalStampNs = 0;
  private readonly peers = new Map<number, { tokensNs: number; stampNs: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Whether a message of a limited type may go to `destination` now; takes a token if so. */
  allow(destination: number): boolean {
    return this.allowGlobal() && this.allowPeer(destination);
  }

  private allowGlobal(): boolean {
    const { icmpMsgsPerSec, icmpMsgsBurst } = this.netns.sysctl;
    const now = this.netns.host.sim.nowNs;
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
  private allowPeer(destination: number): boolean {
    const timeoutNs = this.netns.sysctl.icmpRatelimitMs * 1_000_000;
    if (timeoutNs === 0) return true;
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
