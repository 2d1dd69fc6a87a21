import { setIcmpv6Checksum } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6, IPV6_HEADER_LENGTH, writeIpv6Header } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import {
  MLD_HOP_BY_HOP_LENGTH,
  MLD_HOP_LIMIT,
  MLDV2_RECORD_TYPE,
  mldv2ReportLength,
  writeMldHopByHop,
  writeMldv2Report,
} from '../../protocols/mldv2.ts';
import type { NetDevice } from '../device/net-device.ts';
import { CHECKSUM_UNNECESSARY } from '../packet/packet.ts';
import type { Timer } from '../sim/timer.ts';
import { IPV6_SCOPE_LINK } from './ipv6-address-class.ts';
import { sendPrepared6 } from './ipv6-output.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';

/** Robustness: how often a change is reported (MLD_QRV_DEFAULT). */
const ROBUSTNESS = 2;
/** Work is put off by two jiffies at 250 Hz (mld_ifc_start_work). */
const WORK_DELAY_NS = 8_000_000;

/** A group a device listens to (struct ifmcaddr6). */
interface Group {
  readonly address: Ipv6Address;
  users: number;
  /** The device lets in its frames (MAF_LOADED). */
  loaded: boolean;
  /** Changes to exclude mode still to be reported (mca_crcount). */
  changesLeft: number;
}

/**
 * The listener of MLDv2 on one device (RFC 3810, net/ipv6/mcast.c): joins are reported twice from whatever source
 * there is, and twice again once the link-local address is known to be unique. Groups are any-source ones.
 * Not modelled: answers to queries (no router here asks), source lists, MLDv1.
 */
export class MulticastListener {
  private readonly stack: Ipv6Stack;
  private readonly dev: NetDevice;
  /** Newest first, the order reports list them in. */
  private readonly groups: Group[] = [];
  private readonly left: Group[] = [];
  private readonly changeTimer: Timer;
  private readonly dadTimer: Timer;
  private changeReports = 0;
  private dadReports = 0;

  constructor(stack: Ipv6Stack, dev: NetDevice) {
    this.stack = stack;
    this.dev = dev;
    this.changeTimer = dev.host.timer(() => this.changeWork());
    this.dadTimer = dev.host.timer(() => this.dadWork());
  }

  list(): readonly Ipv6Address[] {
    return this.groups.map((group) => group.address);
  }

  /** ipv6_chk_mcast_addr for the address whose bytes are at `offset`. */
  hears(buf: Uint8Array, offset: number): boolean {
    for (const group of this.groups) if (group.address.equalsBytes(buf, offset)) return true;
    return false;
  }

  /** __ipv6_dev_mc_inc. */
  join(address: Ipv6Address): void {
    const known = this.groups.find((group) => group.address.equals(address));
    if (known !== undefined) {
      known.users++;
      return;
    }
    const group = { address, users: 1, loaded: false, changesLeft: 0 };
    this.groups.unshift(group);
    this.added(group);
  }

  /** __ipv6_dev_mc_dec. */
  leave(address: Ipv6Address): void {
    const index = this.groups.findIndex((group) => group.address.equals(address));
    const group = this.groups[index];
    if (group === undefined || --group.users > 0) return;
    this.groups.splice(index, 1);
    this.unload(group);
    if (!this.dev.isUp || !isReported(group.address)) return;
    group.changesLeft = ROBUSTNESS;
    this.left.push(group);
    this.startChange();
  }

  /** ipv6_mc_up: the device can send again, so every group is reported as if it were new. */
  up(): void {
    for (const group of this.groups) this.added(group);
  }

  /** ipv6_mc_down. */
  down(): void {
    this.changeTimer.cancel();
    this.dadTimer.cancel();
    this.changeReports = 0;
    this.dadReports = 0;
    this.left.length = 0;
    for (const group of this.groups) this.unload(group);
  }

  /** ipv6_mc_dad_complete: reports what was sent from :: once more, from the address that is now usable. */
  dadCompleted(): void {
    this.dadReports = ROBUSTNESS;
    this.dadWork();
  }

  /** igmp6_group_added: a device that is not up yet is only told to let the group's frames in. */
  private added(group: Group): void {
    if (!group.loaded && this.hasGroupAddresses && group.address.multicastScope() >= IPV6_SCOPE_LINK) {
      group.loaded = true;
      this.dev.addGroup(groupMacKey(group.address));
    }
    if (!this.dev.isUp || !isReported(group.address)) return;
    group.changesLeft = ROBUSTNESS;
    this.startChange();
  }

  /** ndisc_mc_map: groups are frames' addresses on Ethernet alone, and loopback is not of that type. */
  private get hasGroupAddresses(): boolean {
    return this.dev.hardHeaderLength !== 0 && this.dev !== this.dev.netns.loopback;
  }

  private unload(group: Group): void {
    if (!group.loaded) return;
    group.loaded = false;
    this.dev.removeGroup(groupMacKey(group.address));
  }

  private startChange(): void {
    this.changeReports = ROBUSTNESS;
    this.changeTimer.arm(WORK_DELAY_NS);
  }

  /** mld_ifc_work and mld_send_cr. */
  private changeWork(): void {
    const gone: Ipv6Address[] = [];
    for (const group of this.left.slice()) {
      gone.push(group.address);
      if (--group.changesLeft === 0) this.left.splice(this.left.indexOf(group), 1);
    }
    const come: Ipv6Address[] = [];
    for (const group of this.groups) {
      if (group.changesLeft === 0) continue;
      group.changesLeft--;
      come.push(group.address);
    }
    this.report(gone, MLDV2_RECORD_TYPE.CHANGE_TO_INCLUDE);
    this.report(come, MLDV2_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    if (--this.changeReports > 0) this.changeTimer.arm(this.unsolicitedDelayNs());
  }

  /** mld_dad_work and mld_send_initial_cr. */
  private dadWork(): void {
    this.report(this.list().filter(isReported), MLDV2_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    if (--this.dadReports > 0) this.dadTimer.arm(this.unsolicitedDelayNs());
  }

  private unsolicitedDelayNs(): number {
    const intervalNs = this.dev.ipv6!.mldv2UnsolicitedReportIntervalNs;
    return WORK_DELAY_NS + Math.floor(this.stack.random.unit() * intervalNs);
  }

  /** mld_sendpack: a report of one kind of change. Groups past what fits the MTU go into another. */
  private report(groups: readonly Ipv6Address[], recordType: number): void {
    const fixed = IPV6_HEADER_LENGTH + MLD_HOP_BY_HOP_LENGTH;
    const most = Math.max(1, Math.floor((this.dev.mtu - fixed - mldv2ReportLength(0)) / 20));
    for (let from = 0; from < groups.length; from += most) {
      this.send(groups.slice(from, from + most), recordType);
    }
  }

  private send(groups: readonly Ipv6Address[], recordType: number): void {
    const { stack, dev } = this;
    const source = stack.linkLocalAddress(dev) ?? Ipv6Address.UNSPECIFIED;
    const length = MLD_HOP_BY_HOP_LENGTH + mldv2ReportLength(groups.length);
    const packet = dev.host.pool.alloc(IPV6_HEADER_LENGTH + length);
    const { buf, head } = packet;
    const group = Ipv6Address.ALL_MLDV2_ROUTERS;
    writeIpv6Header(buf, head, 0, 0, length, PROTO.HOPOPTS, MLD_HOP_LIMIT, source, group);
    writeMldHopByHop(buf, head + IPV6_HEADER_LENGTH, PROTO.ICMPV6);
    const at = head + IPV6_HEADER_LENGTH + MLD_HOP_BY_HOP_LENGTH;
    const reportLength = writeMldv2Report(buf, at, groups, recordType);
    setIcmpv6Checksum(buf, at, reportLength, head + IPV6.SOURCE, head + IPV6.DESTINATION);
    packet.transportOffset = at;
    packet.ipSummed = CHECKSUM_UNNECESSARY;
    sendPrepared6(stack.netns, packet, dev);
  }
}

/** 33:33 and the last word of the group (RFC 2464 section 7), as one number. */
function groupMacKey(group: Ipv6Address): number {
  return 0x3333_0000_0000 + group.w3;
}

/** Groups of less than link scope, and all-nodes, are never reported (RFC 3810 section 6). */
function isReported(address: Ipv6Address): boolean {
  return address.multicastScope() >= IPV6_SCOPE_LINK && !address.equals(Ipv6Address.ALL_NODES);
}
