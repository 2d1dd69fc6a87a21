import {
  IGMPV3_RECORD_TYPE,
  IGMPV3_REPORT,
  IGMPV3_ROUTERS,
  writeIgmpv3Report,
} from '../../protocols/igmp.ts';
import { put16 } from '../../protocols/bytes.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import {
  IPV4_FLAG,
  IPV4_HEADER_LENGTH,
  IPV4_OPTION,
  PROTO,
  setIpv4Checksum,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import { RT_SCOPE_LINK } from '../device/ipv4-configuration.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import type { Timer } from '../sim/timer.ts';
import { selectSourceAddress } from './ipv4-fib.ts';
import { ipLocalOut } from './ipv4-output.ts';
import { linkRoute } from './ipv4-route.ts';

/** 224.0.0.1, which every device hears and none reports. */
export const IGMP_ALL_HOSTS = 0xe0000001;

/** Robustness: how often a change is reported (igmp_qrv). */
const ROBUSTNESS = 2;
/** The timer is set two jiffies ahead at 250 Hz, and a random time more (igmp_ifc_start_timer). */
const TIMER_SLACK_NS = 8_000_000;
/** igmpv3_unsolicited_report_interval. */
const UNSOLICITED_REPORT_INTERVAL_NS = 1_000_000_000;
/** Internetwork control (RFC 3376 section 4). */
const TOS = 0xc0;
const ROUTER_ALERT_LENGTH = 4;

/** A group a device listens to (struct ip_mc_list). */
interface Group {
  readonly address: number;
  users: number;
  /** Changes to exclude mode still to be reported (crcount). */
  changesLeft: number;
}

/**
 * The listener of IGMPv3 on one device (RFC 3376, net/ipv4/igmp.c): what is joined while the device is up, and all there
 * is when it comes up, is reported twice. Groups are any-source ones. Not modelled: answers to queries (no router here
 * asks), source lists, IGMPv1 and v2, the groups of UDP sockets and of VXLAN devices.
 */
export class IgmpListener {
  private readonly dev: NetDevice;
  private readonly random: RandomStream;
  /** Newest first, the order reports list them in. */
  private readonly groups: Group[] = [];
  private readonly left: Group[] = [];
  private readonly changeTimer: Timer;
  private changeReports = 0;

  constructor(dev: NetDevice, random: RandomStream) {
    this.dev = dev;
    this.random = random;
    this.changeTimer = dev.host.timer(() => this.changeWork());
  }

  /** ip_mc_inc_group. */
  join(address: number): void {
    const known = this.groups.find((group) => group.address === address);
    if (known !== undefined) {
      known.users++;
      return;
    }
    const group = { address, users: 1, changesLeft: 0 };
    this.groups.unshift(group);
    this.dev.addGroup(groupMacKey(address));
    this.added(group);
  }

  /** ip_mc_dec_group. */
  leave(address: number): void {
    const index = this.groups.findIndex((group) => group.address === address);
    const group = this.groups[index];
    if (group === undefined || --group.users > 0) return;
    this.groups.splice(index, 1);
    this.dev.removeGroup(groupMacKey(address));
    if (!this.dev.isUp || address === IGMP_ALL_HOSTS) return;
    group.changesLeft = ROBUSTNESS;
    this.left.push(group);
    this.startChange();
  }

  /** ip_mc_up. Loopback has no groups of Ethernet's. */
  up(): void {
    if (this.dev === this.dev.netns.loopback) return;
    const before = this.groups.slice();
    this.join(IGMP_ALL_HOSTS);
    for (const group of before) this.added(group);
  }

  /** ip_mc_down. */
  down(): void {
    this.changeTimer.cancel();
    this.changeReports = 0;
    this.left.length = 0;
    this.leave(IGMP_ALL_HOSTS);
  }

  /** igmp_group_added: a device that is not up yet only lets the group's frames in. */
  private added(group: Group): void {
    if (!this.dev.isUp || group.address === IGMP_ALL_HOSTS) return;
    group.changesLeft = ROBUSTNESS;
    this.startChange();
  }

  /** igmp_ifc_event. */
  private startChange(): void {
    this.changeReports = ROBUSTNESS;
    this.changeTimer.arm(TIMER_SLACK_NS);
  }

  /** igmp_ifc_timer_expire and igmpv3_send_cr. */
  private changeWork(): void {
    const gone: number[] = [];
    for (const group of this.left.slice()) {
      gone.push(group.address);
      if (--group.changesLeft === 0) this.left.splice(this.left.indexOf(group), 1);
    }
    const come: number[] = [];
    for (const group of this.groups) {
      if (group.changesLeft === 0) continue;
      group.changesLeft--;
      come.push(group.address);
    }
    this.report(gone, IGMPV3_RECORD_TYPE.CHANGE_TO_INCLUDE);
    this.report(come, IGMPV3_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    if (--this.changeReports === 0) return;
    this.changeTimer.arm(TIMER_SLACK_NS + Math.floor(this.random.unit() * UNSOLICITED_REPORT_INTERVAL_NS));
  }

  /** igmpv3_newpack and igmpv3_sendpack: one report, from an address of the device or from none. */
  private report(groups: readonly number[], recordType: number): void {
    if (groups.length === 0) return;
    const { netns, host } = this.dev;
    const own = this.dev.ipv4.addresses;
    const selected = selectSourceAddress(netns, this.dev, 0, RT_SCOPE_LINK);
    const source = own.some(({ local }) => local === selected) ? selected : 0;
    const headerLength = IPV4_HEADER_LENGTH + ROUTER_ALERT_LENGTH;
    const length = headerLength + IGMPV3_REPORT.RECORDS + groups.length * 8;
    const packet = host.pool.alloc(length);
    const { buf, head } = packet;
    writeIpv4Header(buf, head, TOS, length, 0, IPV4_FLAG.DF, 1, PROTO.IGMP, source, IGMPV3_ROUTERS);
    buf[head] = 0x40 | (headerLength >> 2);
    buf[head + IPV4_HEADER_LENGTH] = IPV4_OPTION.ROUTER_ALERT;
    buf[head + IPV4_HEADER_LENGTH + 1] = ROUTER_ALERT_LENGTH;
    put16(buf, head + IPV4_HEADER_LENGTH + 2, 0);
    setIpv4Checksum(buf, head);
    writeIgmpv3Report(buf, head + headerLength, groups, recordType);
    packet.networkOffset = head;
    packet.transportOffset = head + headerLength;
    packet.protocol = ETHERTYPE.IPV4;
    packet.route = linkRoute(this.dev, IGMPV3_ROUTERS);
    ipLocalOut(netns, packet);
  }
}

/** 01:00:5e and the low 23 bits of the group (RFC 1112 section 6.4), as one number. */
function groupMacKey(group: number): number {
  return 0x0100_5e00_0000 + (group & 0x7fffff);
}
