import { IGMPV3_RECORD_TYPE } from '../../protocols/igmp.ts';
import { sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import type { Timer } from '../sim/timer.ts';

/** Robustness: how often a change is reported (igmp_qrv, MLD_QRV_DEFAULT). */
export const ROBUSTNESS = 2;
/** A report is put off by two jiffies at 250 Hz (igmp_ifc_start_timer, mld_ifc_start_work). */
const REPORT_DELAY_NS = 8_000_000;

/** A group a device listens to (struct ip_mc_list, struct ifmcaddr6). */
export interface Group<Address> {
  readonly address: Address;
  users: number;
  /** The device lets in its frames. */
  loaded: boolean;
  /** Changes to exclude mode still to be reported (crcount). */
  changesLeft: number;
}

/**
 * What the listeners of IGMPv3 and MLDv2 on one device share (net/ipv4/igmp.c, net/ipv6/mcast.c): which groups have users, and
 * that what is joined or left while the device is up is reported twice. Groups are any-source ones. Not modelled: answers to
 * queries (no router here asks), source lists.
 */
export abstract class GroupListener<Address extends IpAddress> {
  protected readonly dev: NetDevice;
  /** Newest first, the order reports list them in. */
  protected readonly groups: Group<Address>[] = [];
  private readonly left: Group<Address>[] = [];
  private readonly random: RandomStream;
  private readonly changeTimer: Timer;
  private changeReports = 0;

  constructor(dev: NetDevice, random: RandomStream) {
    this.dev = dev;
    this.random = random;
    this.changeTimer = dev.host.timer(() => this.changeWork());
  }

  /** ip_mc_inc_group, __ipv6_dev_mc_inc. */
  join(address: Address): void {
    const known = this.groups.find((group) => sameIp(group.address, address));
    if (known !== undefined) {
      known.users++;
      return;
    }
    const group = { address, users: 1, loaded: false, changesLeft: 0 };
    this.groups.unshift(group);
    this.added(group);
  }

  /** ip_mc_dec_group, __ipv6_dev_mc_dec. */
  leave(address: Address): void {
    const index = this.groups.findIndex((group) => sameIp(group.address, address));
    const group = this.groups[index];
    if (group === undefined || --group.users > 0) return;
    this.groups.splice(index, 1);
    this.unload(group);
    if (!this.dev.isUp || !this.isReported(address)) return;
    this.left.push(group);
    this.startChange(group);
  }

  /** igmp_group_added, igmp6_group_added: a device that is not up yet is only told to let the group's frames in. */
  protected added(group: Group<Address>): void {
    this.load(group);
    if (this.dev.isUp && this.isReported(group.address)) this.startChange(group);
  }

  /** The device goes down: what was to be reported is not. */
  protected forgetChanges(): void {
    this.changeTimer.cancel();
    this.changeReports = 0;
    this.left.length = 0;
  }

  protected unload(group: Group<Address>): void {
    if (!group.loaded) return;
    group.loaded = false;
    this.dev.removeGroup(this.macKey(group.address));
  }

  /** Until a report is repeated. */
  protected repeatDelayNs(): number {
    return REPORT_DELAY_NS + Math.floor(this.random.unit() * this.unsolicitedReportIntervalNs());
  }

  private load(group: Group<Address>): void {
    if (group.loaded || !this.isHeard(group.address)) return;
    group.loaded = true;
    this.dev.addGroup(this.macKey(group.address));
  }

  private startChange(group: Group<Address>): void {
    group.changesLeft = ROBUSTNESS;
    this.changeReports = ROBUSTNESS;
    this.changeTimer.arm(REPORT_DELAY_NS);
  }

  /** igmpv3_send_cr, mld_send_cr; MLDv2's record types have IGMPv3's numbers. */
  private changeWork(): void {
    const gone: Address[] = [];
    for (const group of this.left.slice()) {
      gone.push(group.address);
      if (--group.changesLeft === 0) this.left.splice(this.left.indexOf(group), 1);
    }
    const come: Address[] = [];
    for (const group of this.groups) {
      if (group.changesLeft === 0) continue;
      group.changesLeft--;
      come.push(group.address);
    }
    if (gone.length > 0) this.report(gone, IGMPV3_RECORD_TYPE.CHANGE_TO_INCLUDE);
    if (come.length > 0) this.report(come, IGMPV3_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    if (--this.changeReports > 0) this.changeTimer.arm(this.repeatDelayNs());
  }

  /** Whether the device must be told to let in a group's frames. */
  protected abstract isHeard(address: Address): boolean;
  /** Whether routers are told of a group. */
  protected abstract isReported(address: Address): boolean;
  /** The Ethernet address of a group, as one number. */
  protected abstract macKey(address: Address): number;
  protected abstract unsolicitedReportIntervalNs(): number;
  /** Sends a report of one kind of change. */
  protected abstract report(groups: readonly Address[], recordType: number): void;
}
