import type { NetDevice } from '../device/net-device.ts';
import type { Packet } from '../packet/packet.ts';

/** What the IP stack asks of a namespace's IPsec (net/xfrm): policies on the way out and in, ESP and AH. */
export interface XfrmState {
  /**
   * xfrm_lookup for a local packet whose headers are written: sets `packet.xfrm` when a policy asks for
   * transforms. Returns 0, or a positive error number after dropping the packet.
   */
  lookupOutput(packet: Packet): number;
  /** xfrm4_route_forward: the same for a packet being forwarded. */
  routeForward(packet: Packet): void;
  /** xfrm_policy_check: whether what protected the packet satisfies the policies of that direction. */
  checkPolicy(direction: 'in' | 'fwd', packet: Packet): boolean;
  /** xfrm_output: applies `packet.xfrm` and sends the result through ip_local_out. */
  output(packet: Packet): void;
  /** An ESP or AH packet for this machine; `transportOffset` is at its header. */
  receive(dev: NetDevice, packet: Packet): void;
}
