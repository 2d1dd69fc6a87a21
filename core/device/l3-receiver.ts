import type { Packet } from '../packet/packet.ts';

/** Chooses the route of packets that a device receives before its namespace does (l3mdev_ip_rcv). */
export interface L3Receiver {
  /** Sets `packet.route`, or leaves it null for the namespace to find. */
  route(packet: Packet): void;
}
