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
import { GroupListener, ROBUSTNESS } from './group-listener.ts';
import { IPV6_SCOPE_LINK } from './ipv6-address-class.ts';
import { sendPrepared6 } from './ipv6-output.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';

/**
 * The listener of MLDv2 on one device (RFC 3810, net/ipv6/mcast.c): joins are reported from whatever source there is, and
 * twice again once the link-local address is known to be unique. Not modelled: MLDv1.
 */
export class MldListener extends GroupListener<Ipv6Address> {
  private readonly stack: Ipv6Stack;
  private readonly dadTimer: Timer;
  private dadReports = 0;

  constructor(stack: Ipv6Stack, dev: NetDevice) {
    super(dev, stack.random);
    this.stack = stack;
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

  /** ipv6_mc_up: the device can send again, so every group is reported as if it were new. */
  up(): void {
    for (const group of this.groups) this.added(group);
  }

  /** ipv6_mc_down. */
  down(): void {
    this.forgetChanges();
    this.dadTimer.cancel();
    this.dadReports = 0;
    for (const group of this.groups) this.unload(group);
  }

  /** ipv6_mc_dad_complete: reports what was sent from :: once more, from the address that is now usable. */
  dadCompleted(): void {
    this.dadReports = ROBUSTNESS;
    this.dadWork();
  }

  /** ndisc_mc_map: groups are frames' addresses on Ethernet alone, and loopback is not of that type. */
  protected override isHeard(address: Ipv6Address): boolean {
    const isEthernet = this.dev.hardHeaderLength !== 0 && this.dev !== this.dev.netns.loopback;
    return isEthernet && address.multicastScope() >= IPV6_SCOPE_LINK;
  }

  /** Groups of less than link scope, and all-nodes, are never reported (RFC 3810 section 6). */
  protected override isReported(address: Ipv6Address): boolean {
    return address.multicastScope() >= IPV6_SCOPE_LINK && !address.equals(Ipv6Address.ALL_NODES);
  }

  /** 33:33 and the last word of the group (RFC 2464 section 7). */
  protected override macKey(address: Ipv6Address): number {
    return 0x3333_0000_0000 + address.w3;
  }

  protected override unsolicitedReportIntervalNs(): number {
    return this.dev.ipv6!.mldv2UnsolicitedReportIntervalNs;
  }

  /** mld_dad_work and mld_send_initial_cr. */
  private dadWork(): void {
    const reported = this.list().filter((address) => this.isReported(address));
    this.report(reported, MLDV2_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    if (--this.dadReports > 0) this.dadTimer.arm(this.repeatDelayNs());
  }

  /** mld_sendpack: a report of one kind of change. Groups past what fits the MTU go into another. */
  protected override report(groups: readonly Ipv6Address[], recordType: number): void {
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
