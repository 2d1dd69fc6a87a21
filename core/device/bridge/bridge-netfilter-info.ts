import type { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import type { NetDevice } from '../net-device.ts';

/** What br_netfilter remembers about a bridged packet (struct nf_bridge_info). */
export interface BridgeNetfilterInfo {
  physInDev: NetDevice | null;
  physOutDev: NetDevice | null;
  /** Destination address before the bridge's PREROUTING, to notice DNAT. */
  ipv4Daddr: number;
  /** The same of an IPv6 packet, else null. */
  ipv6Daddr: Ipv6Address | null;
  /** Inside the bridge's own PREROUTING run. */
  inPrerouting: boolean;
  pktOtherhost: boolean;
  /** The MAC the frame was addressed to, kept while a DNATed frame goes through neighbour resolution. */
  savedMacHigh: number;
  savedMacLow: number;
  /** The frame is on its way through the neighbour layer back into the bridge (bridged_dnat). */
  bridgedDnat: boolean;
  /** Size of the largest fragment when the bridge reassembled the packet. */
  fragMaxSize: number;
}
