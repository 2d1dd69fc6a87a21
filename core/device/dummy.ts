import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import { IFF_BROADCAST, IFF_NOARP, NetDevice, TSO_LEGACY_MAX_SIZE } from './net-device.ts';

/** A dummy device (drivers/net/dummy.c): what is sent through it disappears. */
export class Dummy extends NetDevice {
  readonly kind = 'dummy';

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array) {
    super(name, host, netns, mac);
    this.flags = IFF_BROADCAST | IFF_NOARP;
    this.minMtu = 0;
    this.maxMtu = 0;
  }

  get carrier(): boolean {
    return true;
  }

  override get tsoMaxSize(): number {
    return TSO_LEGACY_MAX_SIZE;
  }

  protected xmit(packet: Packet): void {
    this.host.dropPacket(packet, DropReason.DUMMY_DEVICE, this);
  }
}
