import type { NetNamespace } from './net-namespace.ts';

/** Messages to one destination that may be sent in a burst (XRLIM_BURST_FACTOR). */
const BURST_FACTOR = 6;
const PEER_LIMIT = 65_536;

interface Peer {
  tokensNs: number;
  stampNs: number;
}

/** A map by address, of either family. */
interface PeerMap<Address> {
  readonly size: number;
  get(address: Address): Peer | undefined;
  set(address: Address, peer: Peer): unknown;
  clear(): void;
}

/**
 * ICMP's rate limits, of either family (icmp_global_allow, inet_peer_xrlim_allow): a token bucket for all messages of the
 * namespace's machine and one for each destination. What is not limited does not come here.
 */
export class IcmpRateLimiter<Address> {
  private readonly netns: NetNamespace;
  private globalCredit = 50;
  private globalStampNs = 0;
  private readonly peers: PeerMap<Address>;

  constructor(netns: NetNamespace, peers: PeerMap<Address>) {
    this.netns = netns;
    this.peers = peers;
  }

  /**
   * Whether a message may go to `destination` now; takes the tokens if so. A destination earns one in `timeoutNs`; 0 sets
   * it no limit.
   */
  allow(destination: Address, timeoutNs: number): boolean {
    return this.allowGlobal() && (timeoutNs === 0 || this.allowPeer(destination, timeoutNs));
  }

  /** icmp_global_allow. */
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
  private allowPeer(destination: Address, timeoutNs: number): boolean {
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
