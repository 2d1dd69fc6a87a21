import { ipv4Destination } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import type { NetDevice } from '../../device/net-device.ts';
import type { DeviceListener, NetNamespace } from '../../namespace/net-namespace.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import type { ConntrackTable } from '../conntrack/conntrack-table.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY } from '../conntrack/tuple.ts';
import { NF_ACCEPT, NF_STOLEN } from '../hook.ts';
import { NatRange, NF_NAT_MANIP_SRC, NF_NAT_RANGE_MAP_IPS } from './nat-range.ts';

/** The address MASQUERADE gives: the first of `outDev` that suits the next hop (inet_select_addr); 0 for none. */
export function masqueradeAddress(netns: NetNamespace, outDev: NetDevice, packet: Packet): number {
  const destination = ipv4Destination(packet.buf, packet.networkOffset);
  const gateway = packet.route === null ? 0 : packet.route.gateway;
  return netns.ipv4.selectSourceAddress(outDev, gateway !== 0 ? gateway : destination);
}

/**
 * The MASQUERADE target in POSTROUTING (nf_nat_masquerade.c): the source becomes an address of the output device;
 * `ports` gives its --to-ports and --random. A verdict; without an address the packet is dropped (NAT_NO_ADDRESS).
 */
export function masquerade(netns: NetNamespace, packet: Packet, ports: NatRange, outDev: NetDevice): number {
  const entry = packet.nfct!;
  const range = new NatRange();
  range.flags = ports.flags | NF_NAT_RANGE_MAP_IPS;
  range.minPort = ports.minPort;
  range.maxPort = ports.maxPort;
  if (entry.family === AF_INET) {
    // What a DHCP client sends from 0.0.0.0 stays as it is.
    if (entry.sourceWord(IP_CT_DIR_ORIGINAL) === 0) return NF_ACCEPT;
    const address = masqueradeAddress(netns, outDev, packet);
    if (address === 0) return noAddress(netns, packet, outDev);
    range.setIpv4(address);
  } else {
    const destination = Ipv6Address.read(packet.buf, packet.networkOffset + IPV6.DESTINATION);
    const address = netns.ipv6?.selectSourceAddress(outDev, destination) ?? null;
    if (address === null) return noAddress(netns, packet, outDev);
    range.setIpv6(address);
  }
  entry.masqueradeIndex = outDev.ifindex;
  return netns.netfilter!.nat!.setupInfo(entry, range, NF_NAT_MANIP_SRC);
}

function noAddress(netns: NetNamespace, packet: Packet, outDev: NetDevice): number {
  netns.host.dropPacket(packet, DropReason.NAT_NO_ADDRESS, outDev);
  return NF_STOLEN;
}

/** Connections behind an address go when its device goes down or loses it (masq_device_event, masq_inet_event). */
export function watchMasqueradeDevices(netns: NetNamespace, conntrack: ConntrackTable): void {
  const listener: DeviceListener = {
    deviceRemoved: (dev) => void conntrack.removeWhere((entry) => entry.masqueradeIndex === dev.ifindex),
    deviceChanged: (dev) => void conntrack.removeWhere((entry) => hasLostAddress(entry, dev)),
  };
  netns.listeners.push(listener);
}

function hasLostAddress(entry: ConntrackEntry, dev: NetDevice): boolean {
  if (entry.masqueradeIndex !== dev.ifindex) return false;
  if (!dev.isUp) return true;
  // IPv6 addresses go with the device; the removal of one alone is not watched.
  if (entry.family !== AF_INET) return false;
  const address = entry.destinationWord(IP_CT_DIR_REPLY);
  return !dev.ipv4.addresses.some(({ local }) => local === address);
}
