import {
  IGMPV3_RECORD_LENGTH,
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
import { GroupListener } from './group-listener.ts';
import { selectSourceAddress } from './ipv4-fib.ts';
import { ipLocalOut } from './ipv4-output.ts';
import { linkRoute } from './ipv4-route.ts';

/** 224.0.0.1, which every device hears and none reports. */
export const IGMP_ALL_HOSTS = 0xe0000001;

/** igmpv3_unsolicited_report_interval. */
const UNSOLICITED_REPORT_INTERVAL_NS = 1_000_000_000;
/** Internetwork control (RFC 3376 section 4). */
const TOS = 0xc0;
const ROUTER_ALERT_LENGTH = 4;

/**
 * The listener of IGMPv3 on one device (RFC 3376, net/ipv4/igmp.c). When the device comes up it reports all of its groups.
 * Not modelled: IGMPv1 and v2, the groups of UDP sockets and of VXLAN devices.
 */
export class IgmpListener extends GroupListener<number> {
  /** ip_mc_up. Loopback has no groups of Ethernet's. */
  up(): void {
    if (this.dev === this.dev.netns.loopback) return;
    const before = this.groups.slice();
    this.join(IGMP_ALL_HOSTS);
    for (const group of before) this.added(group);
  }

  /** ip_mc_down. */
  down(): void {
    this.forgetChanges();
    this.leave(IGMP_ALL_HOSTS);
  }

  protected override isHeard(): boolean {
    return true;
  }

  protected override isReported(address: number): boolean {
    return address !== IGMP_ALL_HOSTS;
  }

  /** 01:00:5e and the low 23 bits of the group (RFC 1112 section 6.4). */
  protected override macKey(address: number): number {
    return 0x0100_5e00_0000 + (address & 0x7fffff);
  }

  protected override unsolicitedReportIntervalNs(): number {
    return UNSOLICITED_REPORT_INTERVAL_NS;
  }

  /** igmpv3_newpack and igmpv3_sendpack: one report, from an address of the device or from none. */
  protected override report(groups: readonly number[], recordType: number): void {
    const { netns, host } = this.dev;
    const own = this.dev.ipv4.addresses;
    const selected = selectSourceAddress(netns, this.dev, 0, RT_SCOPE_LINK);
    const source = own.some(({ local }) => local === selected) ? selected : 0;
    const headerLength = IPV4_HEADER_LENGTH + ROUTER_ALERT_LENGTH;
    const length = headerLength + IGMPV3_REPORT.RECORDS + groups.length * IGMPV3_RECORD_LENGTH;
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
