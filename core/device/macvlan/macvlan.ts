import { get16, put16 } from '../../../protocols/bytes.ts';
import { isMulticastMac } from '../../../protocols/ethernet.ts';
import type { Host } from '../../host/host.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { IFF_PROMISC, TAP_OUT } from '../net-device.ts';
import { StackedDevice } from '../stacked-device.ts';
import { scrubPacket } from '../veth.ts';
import { MACVLAN_MODE_BRIDGE, MACVLAN_MODE_PASSTHRU, macvlanModeName } from './macvlan-mode.ts';
import type { MacvlanPort } from './macvlan-port.ts';
import { unfinishedChecksum, unfinishedChecksumAt } from './unfinished-checksum.ts';

/** Frames for groups that may wait (bc_queue_len); only shown, see MacvlanPort. */
const BROADCAST_QUEUE_LENGTH = 1000;

/**
 * A macvlan (drivers/net/macvlan.c): a device with a MAC of its own on the link of its lower device. Not modelled:
 * source mode, hardware offload.
 */
export class Macvlan extends StackedDevice {
  readonly kind = 'macvlan';
  readonly mode: number;
  /** Passthru mode leaves the lower device's promiscuous mode alone (MACVLAN_FLAG_NOPROMISC). */
  readonly nopromisc: boolean;
  readonly port: MacvlanPort;
  private addedMacKey = 0;

  constructor(
    name: string,
    host: Host,
    netns: NetNamespace,
    mac: Uint8Array,
    port: MacvlanPort,
    mode: number,
    nopromisc: boolean,
  ) {
    super(name, host, netns, mode === MACVLAN_MODE_PASSTHRU ? port.lower.mac : mac, port.lower);
    this.port = port;
    this.mode = mode;
    this.nopromisc = nopromisc;
    this.maxMtu = port.lower.maxMtu;
  }

  /** What `ip -d link` prints after the kind. */
  linkDetails(): string {
    const flag = this.nopromisc ? 'nopromisc ' : '';
    const queue = `bcqueuelen ${BROADCAST_QUEUE_LENGTH} usedbcqueuelen ${BROADCAST_QUEUE_LENGTH}`;
    return `mode ${macvlanModeName(this.mode)} ${flag}${queue}`;
  }

  /** macvlan_set_mac_address: in passthru mode it is the lower device that gets the address. */
  override setMac(mac: Uint8Array): void {
    if (this.mode === MACVLAN_MODE_PASSTHRU) {
      this.lower.setMac(mac);
      this.lower.netns.notifyChanged(this.lower);
      return;
    }
    const old = this.mac.slice();
    super.setMac(mac);
    if (!this.isOpen) return;
    if (this.port.isAddressBusy(this.macKey, this)) {
      super.setMac(old);
      throw new NetlinkError('Device or resource busy');
    }
    this.letGo();
    this.letIn();
    this.port.rehash();
  }

  override opening(): void {
    if (this.mode === MACVLAN_MODE_PASSTHRU) return;
    if (this.port.isAddressBusy(this.macKey, this)) throw new NetlinkError('Address already in use');
  }

  override lowerChanged(): void {
    if (this.mode === MACVLAN_MODE_PASSTHRU && this.macKey !== this.lower.macKey) {
      super.setMac(this.lower.mac);
      if (this.isOpen) this.port.rehash();
      this.netns.notifyChanged(this);
    }
    super.lowerChanged();
  }

  /**
   * A macvlan leaves checksums to the device underneath (NETIF_F_HW_CSUM in MACVLAN_FEATURES), so a capture on it
   * has those of its own TCP and UDP packets unfinished. Not modelled: that a sibling which gets them sees the same.
   */
  override showTaps(packet: Packet, direction: number): void {
    const at = direction === TAP_OUT ? unfinishedChecksumAt(packet) : -1;
    if (at < 0) {
      super.showTaps(packet, direction);
      return;
    }
    const finished = get16(packet.buf, at);
    put16(packet.buf, at, unfinishedChecksum(packet));
    super.showTaps(packet, direction);
    put16(packet.buf, at, finished);
  }

  protected attached(): void {
    this.lower.rxHandler = this.port;
    this.port.add(this);
  }

  protected detached(): void {
    this.port.remove(this);
  }

  /** macvlan_open. */
  protected opened(): void {
    if (this.mode === MACVLAN_MODE_PASSTHRU) {
      if (!this.nopromisc) this.lower.setPromiscuity(1);
    } else {
      this.letIn();
      if ((this.flags & IFF_PROMISC) !== 0) this.lower.setPromiscuity(1);
    }
    this.port.rehash();
  }

  /** macvlan_stop. */
  protected closed(): void {
    if (this.mode === MACVLAN_MODE_PASSTHRU) {
      if (!this.nopromisc) this.lower.setPromiscuity(-1);
    } else {
      this.letGo();
      if ((this.flags & IFF_PROMISC) !== 0) this.lower.setPromiscuity(-1);
    }
    this.port.rehash();
  }

  /** macvlan_queue_xmit. */
  protected xmit(packet: Packet): void {
    if (this.mode !== MACVLAN_MODE_BRIDGE) {
      this.lower.transmit(packet);
      return;
    }
    if (isMulticastMac(packet.buf, packet.head)) {
      const backlog = this.host.backlog;
      // The siblings' receive queue runs after the frame has gone out.
      backlog.hold();
      this.port.broadcast(packet, packet.head, this, MACVLAN_MODE_BRIDGE, true);
      this.lower.transmit(packet);
      backlog.release();
      return;
    }
    if (this.port.bridgeDestination(packet) === null) {
      this.lower.transmit(packet);
      return;
    }
    // By way of the lower device's receive path, so that its taps see the frame; the port then hands it over.
    scrubPacket(packet, this.netns !== this.lower.netns);
    this.host.netifRx(this.lower, packet);
  }

  protected override promiscuityChanged(): void {
    if (!this.isOpen || this.mode === MACVLAN_MODE_PASSTHRU) return;
    this.lower.setPromiscuity((this.flags & IFF_PROMISC) !== 0 ? 1 : -1);
  }

  private letIn(): void {
    this.addedMacKey = this.macKey;
    this.lower.addUnicastAddress(this.macKey);
  }

  private letGo(): void {
    this.lower.removeUnicastAddress(this.addedMacKey);
  }
}
