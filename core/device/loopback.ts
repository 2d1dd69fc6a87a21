import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Packet } from '../packet/packet.ts';
import { IFF_LOOPBACK, NetDevice, TAP_IN } from './net-device.ts';

/** The loopback device (drivers/net/loopback.c): what is sent comes back, keeping its route and connection. */
export class Loopback extends NetDevice {
  readonly kind = '';

  constructor(host: Host, netns: NetNamespace) {
    super('lo', host, netns, new Uint8Array(6));
    this.mtu = 65536;
    this.minMtu = 0;
    this.maxMtu = 0;
    this.flags = IFF_LOOPBACK;
  }

  get carrier(): boolean {
    return true;
  }

  /** What is sent comes back at once: a capture shows it as received only, as libpcap does on `lo`. */
  override showTaps(packet: Packet, direction: number): void {
    if (direction === TAP_IN) super.showTaps(packet, direction);
  }

  protected xmit(packet: Packet): void {
    this.host.netifRx(this, packet);
  }
}
