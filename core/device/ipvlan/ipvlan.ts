import { isMulticastMac, sameMac } from '../../../protocols/ethernet.ts';
import type { Host } from '../../host/host.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { StackedDevice } from '../stacked-device.ts';
import { scrubPacket } from '../veth.ts';
import {
  IPVLAN_FLAG_NAMES,
  IPVLAN_MODE_L2,
  IPVLAN_MODE_NAMES,
  IPVLAN_PRIVATE,
  IPVLAN_VEPA,
} from './ipvlan-mode.ts';
import { processOutbound } from './ipvlan-outbound.ts';
import type { IpvlanPort } from './ipvlan-port.ts';

/** An ipvlan (drivers/net/ipvlan): a device with addresses of its own behind the MAC of its lower device. */
export class Ipvlan extends StackedDevice {
  readonly kind = 'ipvlan';
  readonly port: IpvlanPort;

  constructor(name: string, host: Host, netns: NetNamespace, port: IpvlanPort) {
    super(name, host, netns, port.lower.mac, port.lower);
    this.port = port;
    this.deviceId = port.takeDeviceId();
  }

  /** What `ip -d link` prints after the kind. */
  linkDetails(): string {
    const { mode, flag } = this.port;
    return ` mode ${IPVLAN_MODE_NAMES[mode]!} ${IPVLAN_FLAG_NAMES[flag]!}`;
  }

  /** An address belongs to one ipvlan of a port (ipvlan_addr4_validator_event). */
  override checkAddress(address: number): void {
    for (const child of this.port.children) {
      if (!child.ipv4.addresses.some(({ local }) => local === address)) continue;
      throw new NetlinkError('ipvlan: Address already assigned to an ipvlan device', true);
    }
  }

  override setMac(): void {
    throw new NetlinkError('Operation not supported');
  }

  override changed(): void {
    this.port.addresses.rebuild(this.port.children);
  }

  override lowerChanged(): void {
    if (this.macKey !== this.lower.macKey) {
      super.setMac(this.lower.mac);
      this.netns.notifyChanged(this);
    }
    super.lowerChanged();
  }

  protected attached(): void {
    this.lower.rxHandler = this.port;
    this.port.add(this);
  }

  protected detached(): void {
    this.port.remove(this);
  }

  protected opened(): void {
    this.changed();
  }

  protected closed(): void {
    this.changed();
  }

  protected xmit(packet: Packet): void {
    if (this.port.mode === IPVLAN_MODE_L2) this.xmitL2(packet);
    else this.xmitL3(packet);
  }

  /** ipvlan_adjust_mtu. */
  protected override lowerMtuChanged(): void {
    this.mtu = this.lower.mtu;
  }

  /** ipvlan_xmit_mode_l2. */
  private xmitL2(packet: Packet): void {
    const { buf, head } = packet;
    if (this.port.flag !== IPVLAN_VEPA && sameMac(buf, head, buf, head + 6)) {
      const to = this.sibling(packet);
      if (to !== null) {
        this.deliver(packet, to);
        return;
      }
      // Nobody's here, but the MAC is: the lower device's own stack may know.
      scrubPacket(packet, this.netns !== this.lower.netns);
      this.host.netifRx(this.lower, packet);
      return;
    }
    if (!isMulticastMac(buf, head)) {
      this.lower.transmit(packet);
      return;
    }
    const { backlog } = this.host;
    backlog.hold();
    this.port.broadcast(packet, head, this);
    scrubPacket(packet, true);
    this.lower.transmit(packet);
    backlog.release();
  }

  /** ipvlan_xmit_mode_l3. */
  private xmitL3(packet: Packet): void {
    if (this.port.flag !== IPVLAN_VEPA) {
      const to = this.sibling(packet);
      if (to !== null) {
        this.deliver(packet, to);
        return;
      }
    }
    scrubPacket(packet, this.netns !== this.lower.netns);
    processOutbound(this, packet);
  }

  private sibling(packet: Packet): Ipvlan | null {
    const at = packet.head + this.hardHeaderLength;
    return this.port.addresses.find(packet.buf, at, packet.tail, packet.protocol, false);
  }

  private deliver(packet: Packet, to: Ipvlan): void {
    if (this.port.flag === IPVLAN_PRIVATE) {
      this.stats.txDropped++;
      this.host.dropPacket(packet, DropReason.IPVLAN_PRIVATE, this);
      return;
    }
    this.port.deliver(packet, this, to);
  }
}
