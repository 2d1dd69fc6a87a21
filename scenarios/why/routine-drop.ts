import { isMulticastMac } from '../../protocols/ethernet.ts';
import type { DropReasonName } from '../../core/packet/drop-reason.ts';
import type { Frame } from './frame-of.ts';

/** What happens to frames that nobody there wanted, whatever they are. */
const ROUTINE: ReadonlySet<DropReasonName> = new Set([
  'OTHERHOST',
  'NIC_FOREIGN_MAC',
  'ARP_NOT_FOR_US',
  'ARP_PROXY_MISS',
  'CONSUMED_BY_ARP_PROXY',
  'IPV6_GROUP_NOT_JOINED',
  'IPV6_NDISC_NOT_FOR_US',
  'NAMESPACE_GONE',
  'DUMMY_DEVICE',
]);

/** The same, for what was sent to a group or to all. */
const ROUTINE_OF_GROUPS: ReadonlySet<DropReasonName> = new Set([
  'BRIDGE_NO_FORWARD',
  'NO_CARRIER',
  'NO_PEER',
  'NO_SOCKET',
  'IP_NOPROTO',
  'IPV6DISABLED',
  'UNHANDLED_PROTO',
  'ICMP_BROADCAST_ECHO',
  'VXLAN_NO_REMOTE',
]);

/** Whether a drop belongs to a network that works: a flooded copy, or a report of group membership that nobody reads. */
export function isRoutineDrop(reason: DropReasonName, { buf, offset }: Frame): boolean {
  if (ROUTINE.has(reason)) return true;
  return ROUTINE_OF_GROUPS.has(reason) && (isMulticastMac(buf, offset) || isGroupAddress(buf, offset + 14));
}

/** Of a frame that has no Ethernet header yet the IP address has to do. */
function isGroupAddress(buf: Uint8Array, ip: number): boolean {
  const version = buf[ip]! >>> 4;
  if (version === 4) return buf[ip + 16]! >>> 4 === 0xe || buf[ip + 16] === 0xff;
  return version === 6 && buf[ip + 24] === 0xff;
}
