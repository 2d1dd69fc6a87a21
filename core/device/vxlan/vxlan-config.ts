import { VXLAN_VNI_MAX } from '../../../protocols/vxlan.ts';
import { isMulticastAddress } from '../../namespace/ipv4-address-class.ts';

/** What `ip link add … type vxlan` sets (struct vxlan_config). */
export interface VxlanConfig {
  readonly vni: number;
  /** UDP port to listen on and send to. The kernel's own default is 8472. */
  readonly port: number;
  /** Where frames go that no entry knows: a unicast VTEP, or 0 for none. */
  readonly remote: number;
  /** Outer source address, or 0 for what the route says. */
  readonly local: number;
  /** Name of the device to send through, or ''. */
  readonly lower: string;
  /** Outer TTL; 0 ("auto") is the route's, 'inherit' copies the inner packet's. */
  readonly ttl: number | 'inherit';
  /** Outer TOS without its ECN bits, or 'inherit'. */
  readonly tos: number | 'inherit';
  readonly df: 'unset' | 'set' | 'inherit';
  /** Source ports to choose from; 0 0 is net.ipv4.ip_local_port_range of the device's namespace. */
  readonly sourcePorts: readonly [number, number];
  readonly learning: boolean;
  /** Answer ARP from the device's own neighbour table. */
  readonly proxy: boolean;
  readonly l2miss: boolean;
  readonly l3miss: boolean;
  /** Compute the outer UDP checksum; without it the field is zero. */
  readonly udpChecksum: boolean;
  readonly ageingS: number;
  /** Largest number of forwarding entries, 0 for no limit. */
  readonly maxAddresses: number;
}

/** The kernel's defaults (vxlan_nl2conf; iproute2 asks for a UDP checksum). */
export const VXLAN_DEFAULTS: Omit<VxlanConfig, 'vni'> = {
  port: 8472,
  remote: 0,
  local: 0,
  lower: '',
  ttl: 0,
  tos: 0,
  df: 'unset',
  sourcePorts: [0, 0],
  learning: true,
  proxy: false,
  l2miss: false,
  l3miss: false,
  udpChecksum: true,
  ageingS: 300,
  maxAddresses: 0,
};

/** The defaults with what is given, checked. Throws the kernel's complaint. */
export function vxlanConfig(given: Partial<VxlanConfig> & { vni: number }): VxlanConfig {
  const config = { ...VXLAN_DEFAULTS, ...given };
  if (!Number.isInteger(config.vni) || config.vni < 0 || config.vni > VXLAN_VNI_MAX) {
    throw new Error('Numerical result out of range');
  }
  if (isMulticastAddress(config.remote)) throw new Error('not modelled: a VXLAN multicast group');
  if (config.sourcePorts[1] < config.sourcePorts[0]) throw new Error('Invalid argument');
  return config;
}
