/** What the overlay driver and the swarm node tell each other (libnetwork discoverapi, driverapi TableObject). */
import type { EndpointInfo, NetworkInfo } from '../driver.ts';
import type { IpsecKey } from './ipsec-key.ts';

/** An endpoint of an overlay network, on this node or another: a row of overlay_peer_table. */
export interface OverlayPeer {
  readonly endpointId: string;
  readonly address: number;
  readonly prefixLength: number;
  readonly mac: Uint8Array;
  /** The node's address that tunnels end at (VTEP). */
  readonly vtep: number;
}

/** The swarm node as its overlay driver sees it. */
export interface OverlayAgent {
  /**
   * The host's own address of the control plane (libnetwork's bindAddress). Docker makes the associations of
   * encrypted networks end at it, even where `--data-path-addr` sends the data elsewhere: such networks do not work
   * (moby/libnetwork issue 2324).
   */
  readonly bindAddress: number;
  /** The address that tunnels end at (`--data-path-addr`); SPIs are made from it (libnetwork's advertiseAddress). */
  readonly dataPathAddress: number;
  /** UDP port of VXLAN in this swarm (`--data-path-port`). */
  readonly dataPathPort: number;
  /** Keys of encrypted networks, the one to send with first. */
  readonly ipsecKeys: readonly IpsecKey[];
  /** An endpoint is about to be made, or was taken away. */
  endpointCreated(network: NetworkInfo, endpoint: EndpointInfo): void;
  endpointDeleted(network: NetworkInfo, endpointId: string): void;
  /** A local endpoint joined or left: the other nodes are to know. */
  publish(networkId: string, peer: OverlayPeer): void;
  withdraw(networkId: string, endpointId: string): void;
}
