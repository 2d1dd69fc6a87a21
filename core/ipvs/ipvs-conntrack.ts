import { PROTO } from '../../protocols/ipv4.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { IP_CT_IS_REPLY, IP_CT_UNTRACKED, type Packet } from '../packet/packet.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from '../netfilter/conntrack/tuple.ts';
import { CONN_NFCT, type IpvsConnection } from './ipvs-connection.ts';

const tuple = new Tuple();

/**
 * What becomes of a packet's conntrack entry when IPVS has handled it: without net.ipv4.vs.conntrack it is forgotten
 * (ip_vs_notrack); with it, the entry of a new connection is told who will answer (ip_vs_update_conntrack).
 */
export function settleConntrack(packet: Packet, connection: IpvsConnection, fromClient: boolean): void {
  if ((connection.flags & CONN_NFCT) === 0) {
    notrack(packet);
    return;
  }
  const entry = packet.nfct;
  if (entry === null || entry.isConfirmed || packet.ctInfo >= IP_CT_IS_REPLY) return;
  entry.readTuple(IP_CT_DIR_REPLY, tuple);
  if (fromClient) {
    tuple.src = connection.real;
    if (tuple.protocol !== PROTO.ICMP) tuple.srcPart = connection.realPort;
  } else {
    tuple.dst = connection.virtual;
    if (tuple.protocol !== PROTO.ICMP) tuple.dstPart = connection.virtualPort;
  }
  entry.setReply(tuple);
}

/** Forgets a packet's entry, and has it stay untracked. */
export function notrack(packet: Packet): void {
  if (packet.nfct === null) return;
  packet.nfct = null;
  packet.ctInfo = IP_CT_UNTRACKED;
}

/** ip_vs_conn_uses_old_conntrack: the packet's entry is that of the connection which is about to go. */
export function usesOldConntrack(packet: Packet, connection: IpvsConnection): boolean {
  return (connection.flags & CONN_NFCT) !== 0 && packet.nfct !== null && packet.nfct.isConfirmed;
}

/** ip_vs_conn_drop_conntrack: with the connection goes the entry of what its client sent to the virtual address. */
export function dropConntrack(netns: NetNamespace, connection: IpvsConnection): void {
  const table = netns.netfilter?.conntrack ?? null;
  if (table === null) return;
  tuple.family = AF_INET;
  tuple.protocol = connection.protocol;
  tuple.zone = 0;
  tuple.src = connection.client;
  tuple.dst = connection.virtual;
  tuple.srcPart = connection.clientPort;
  tuple.dstPart = connection.virtualPort;
  const entry = table.find(tuple);
  if (entry !== null && table.foundDirection === IP_CT_DIR_ORIGINAL) table.remove(entry);
}
