/** The largest super-packet that TCP makes for a device (GSO_LEGACY_MAX_SIZE), in bytes. */
const GSO_MAX_BYTES = 65536;

/**
 * The offloads of a device that can be switched (`ethtool -K`). All are off at first, unlike in Linux, so that captures
 * show frames as they are on a wire.
 */
export class DeviceFeatures {
  /** The device takes super-packets: a card cuts them itself, a virtual device passes them on (NETIF_F_TSO, _TSO6). */
  tso = false;
  /** The stack makes super-packets and cuts them just before the device, if it has no TSO (NETIF_F_GSO). */
  gso = false;
  /** Segments that arrive together go up the stack as one packet (NETIF_F_GRO). */
  gro = false;

  /** The largest super-packet that a sender may make, in bytes; 0 for none (sk_setup_caps). */
  get gsoMaxBytes(): number {
    return this.tso || this.gso ? GSO_MAX_BYTES : 0;
  }
}
