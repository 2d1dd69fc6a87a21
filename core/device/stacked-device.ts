import type { Host } from '../host/host.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { NetDevice } from './net-device.ts';

/**
 * A device that sends and receives through another one, its lower device: an 802.1Q sub-interface, a macvlan, an
 * ipvlan. Its carrier is the lower device's (netif_stacked_transfer_operstate) and its MTU never larger.
 */
export abstract class StackedDevice extends NetDevice {
  readonly lower: NetDevice;
  /** IFF_UP as the driver last saw it: between `opened` and `closed`. */
  protected isOpen = false;
  private isAttached = false;
  private lowerWasRunning: boolean;

  constructor(name: string, host: Host, netns: NetNamespace, mac: Uint8Array, lower: NetDevice) {
    super(name, host, netns, mac);
    this.lower = lower;
    this.mtu = lower.mtu;
    this.linkIfindex = lower.ifindex;
    this.linkNetns = lower.netns;
    this.lowerWasRunning = lower.isRunning;
  }

  get carrier(): boolean {
    return this.lower.isRunning;
  }

  override get hasUnicastFilter(): boolean {
    return true;
  }

  override namespaceChanged(): void {
    if (this.isAttached) return;
    this.isAttached = true;
    this.lower.uppers.push(this);
    this.attached();
  }

  override stateChanged(): void {
    if (this.isUp === this.isOpen) return;
    this.isOpen = this.isUp;
    if (this.isOpen) {
      for (const macKey of this.extraAddresses.keys()) this.lower.addUnicastAddress(macKey);
      for (const macKey of this.groups.keys()) this.lower.addGroup(macKey);
      this.opened();
      return;
    }
    this.closed();
    for (const macKey of this.extraAddresses.keys()) this.lower.removeUnicastAddress(macKey);
    for (const macKey of this.groups.keys()) this.lower.removeGroup(macKey);
  }

  override lowerChanged(): void {
    this.linkIfindex = this.lower.ifindex;
    this.linkNetns = this.lower.netns;
    this.lowerMtuChanged();
    const running = this.lower.isRunning;
    if (running === this.lowerWasRunning) return;
    this.lowerWasRunning = running;
    this.netns.ipv4.carrierChanged(this);
  }

  override destroyed(): void {
    if (!this.isAttached) return;
    this.isAttached = false;
    this.lower.uppers.splice(this.lower.uppers.indexOf(this), 1);
    this.detached();
  }

  /** The device has become part of its lower device. */
  protected abstract attached(): void;

  /** It has left it for good. */
  protected abstract detached(): void;

  /** ndo_open. */
  protected abstract opened(): void;

  /** ndo_stop. */
  protected abstract closed(): void;

  protected lowerMtuChanged(): void {
    if (this.mtu > this.lower.mtu) this.mtu = this.lower.mtu;
  }

  /** dev_mc_sync: what this device listens to the lower one must let in. */
  protected override groupAdded(macKey: number): void {
    if (this.isOpen) this.lower.addGroup(macKey);
  }

  protected override groupRemoved(macKey: number): void {
    if (this.isOpen) this.lower.removeGroup(macKey);
  }

  protected override unicastAddressAdded(macKey: number): void {
    if (this.isOpen) this.lower.addUnicastAddress(macKey);
  }

  protected override unicastAddressRemoved(macKey: number): void {
    if (this.isOpen) this.lower.removeUnicastAddress(macKey);
  }
}
