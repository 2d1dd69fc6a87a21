import { VLAN_TAG_LENGTH, pushVlanTag } from '../../../protocols/vlan.ts';
import { ETHERTYPE } from '../../../protocols/ethernet.ts';
import type { Host } from '../../host/host.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { IFF_PROMISC, type NetDevice } from '../net-device.ts';
import { StackedDevice } from '../stacked-device.ts';

/**
 * An 802.1Q sub-interface (net/8021q/vlan_dev.c): tags what it sends, and gets what its lower device receives with
 * its tag (see receive.ts). It goes up and down with the lower device, whose MAC it has unless it was given one.
 * Not modelled: priorities (PCP is 0), 802.1ad, GVRP and MVRP, loose binding.
 */
export class Vlan extends StackedDevice {
  readonly kind = 'vlan';
  /** VLAN identifier, 1 to 4094 (0 is sent as a priority tag). */
  readonly id: number;
  /** The MAC was given by hand, so it does not follow the lower device's. */
  private macIsFixed = false;
  private lowerWasUp: boolean;
  /** The address that the lower device lets in for this one, 0 when it is the lower device's own. */
  private addedMacKey = 0;

  /** `mac` null: the lower device's. */
  constructor(
    name: string,
    host: Host,
    netns: NetNamespace,
    mac: Uint8Array | null,
    lower: NetDevice,
    id: number,
  ) {
    super(name, host, netns, mac ?? lower.mac, lower);
    this.id = id;
    this.macIsFixed = mac !== null;
    this.minMtu = 0;
    this.lowerWasUp = lower.isUp;
  }

  /** What `ip -d link` prints after the kind. */
  linkDetails(): string {
    return `protocol 802.1Q id ${this.id} <REORDER_HDR>`;
  }

  override setMac(mac: Uint8Array): void {
    this.macIsFixed = true;
    this.changeMac(mac);
  }

  override opening(): void {
    if (!this.lower.isUp) throw new NetlinkError('Network is down');
  }

  override lowerChanged(): void {
    if (!this.macIsFixed && this.macKey !== this.lower.macKey) {
      this.changeMac(this.lower.mac);
      this.netns.notifyChanged(this);
    }
    const lowerIsUp = this.lower.isUp;
    if (lowerIsUp !== this.lowerWasUp) {
      this.lowerWasUp = lowerIsUp;
      if (lowerIsUp) this.netns.ipv4.setUp(this);
      else this.netns.ipv4.setDown(this);
    }
    super.lowerChanged();
  }

  protected attached(): void {
    this.lower.vlans ??= new Map();
    this.lower.vlans.set(this.id, this);
  }

  protected detached(): void {
    const vlans = this.lower.vlans!;
    vlans.delete(this.id);
    if (vlans.size === 0) this.lower.vlans = null;
  }

  protected opened(): void {
    this.letIn();
    if ((this.flags & IFF_PROMISC) !== 0) this.lower.setPromiscuity(1);
  }

  protected closed(): void {
    this.letGo();
    if ((this.flags & IFF_PROMISC) !== 0) this.lower.setPromiscuity(-1);
  }

  /** vlan_dev_hard_start_xmit. */
  protected xmit(packet: Packet): void {
    this.host.pool.ensureHeadroom(packet, VLAN_TAG_LENGTH);
    packet.head = pushVlanTag(packet.buf, packet.head, this.id);
    packet.macOffset = packet.head;
    packet.protocol = ETHERTYPE.VLAN;
    this.lower.transmit(packet);
  }

  protected override promiscuityChanged(): void {
    if (this.isOpen) this.lower.setPromiscuity((this.flags & IFF_PROMISC) !== 0 ? 1 : -1);
  }

  private changeMac(mac: Uint8Array): void {
    this.letGo();
    super.setMac(mac);
    if (this.isOpen) this.letIn();
  }

  private letIn(): void {
    if (this.macKey === this.lower.macKey) return;
    this.addedMacKey = this.macKey;
    this.lower.addUnicastAddress(this.macKey);
  }

  private letGo(): void {
    if (this.addedMacKey === 0) return;
    this.lower.removeUnicastAddress(this.addedMacKey);
    this.addedMacKey = 0;
  }
}
