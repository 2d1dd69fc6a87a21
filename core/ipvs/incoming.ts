import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { RST, SYN, TCP_FLAGS } from '../../protocols/tcp/tcp-header.ts';
import { Stage } from '../host/cost-meter.ts';
import { NF_ACCEPT, NF_INET_LOCAL_OUT, NF_STOLEN } from '../netfilter/hook.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_HOST, type Packet } from '../packet/packet.ts';
import { countIn, setState } from './account.ts';
import { CONN_NFCT, CONN_NOOUTPUT, CONN_ONE_PACKET, type IpvsConnection } from './ipvs-connection.ts';
import { usesOldConntrack } from './ipvs-conntrack.ts';
import { IpvsHeader } from './ipvs-header.ts';
import type { IpvsIcmp } from './ipvs-icmp.ts';
import type { IpvsService } from './ipvs-service.ts';
import type { IpvsState } from './ipvs-state.ts';
import { scheduleConnection } from './schedule.ts';
import { DIRECTION_INPUT, TCP_S_CLOSE, TCP_S_FIN_WAIT, TCP_S_NONE, TCP_S_TIME_WAIT } from './tcp-states.ts';
import type { Transmitter } from './transmit.ts';

/** Packets from clients (ip_vs_in_hook of Linux 6.1). */
export class Incoming {
  private readonly ipvs: IpvsState;
  private readonly transmitter: Transmitter;
  private readonly icmp: IpvsIcmp;
  private readonly header = new IpvsHeader();

  constructor(ipvs: IpvsState, transmitter: Transmitter, icmp: IpvsIcmp) {
    this.ipvs = ipvs;
    this.transmitter = transmitter;
    this.icmp = icmp;
  }

  /** The verdict of LOCAL_IN or LOCAL_OUT. */
  run(packet: Packet, hook: number): number {
    if (packet.ipvsProperty || packet.route === null) return NF_ACCEPT;
    if (packet.pktType !== PACKET_HOST && hook !== NF_INET_LOCAL_OUT) return NF_ACCEPT;
    const { ipvs, header } = this;
    if (!header.read(packet.buf, packet.networkOffset, packet.tail)) return NF_ACCEPT;
    if (header.protocol === PROTO.ICMP) return this.icmp.fromClient(packet, header, hook);
    if (!header.isBalanced) return NF_ACCEPT;
    ipvs.connections.expire(ipvs.now);
    const found = ipvs.connections.findRequest(
      header.protocol,
      header.source,
      header.sourcePort,
      header.destination,
      header.destinationPort,
    );
    if (found === null) return this.begin(packet, hook);
    const isOver = this.isOver(packet, found);
    if (!isOver && found.destination.available) return this.pass(packet, found, hook);
    if (!isOver && ipvs.settings.expireNodestConn === 0) {
      return this.drop(packet, DropReason.IPVS_NO_DESTINATION);
    }
    return this.beginAgain(packet, found, hook);
  }

  /** Whether a connection's first packet comes again and is to be scheduled anew. */
  private isOver(packet: Packet, connection: IpvsConnection): boolean {
    if (!this.isFirstPacket(packet)) return false;
    const { expireNodestConn, connReuseMode } = this.ipvs.settings;
    if (expireNodestConn !== 0 && connection.destination.weight === 0) return true;
    if (connReuseMode === 0 || !isReusable(connection, connReuseMode)) return false;
    return connection.controlled === 0 || !usesOldConntrack(packet, connection);
  }

  /** is_new_conn. */
  private isFirstPacket(packet: Packet): boolean {
    const { header } = this;
    return header.protocol === PROTO.TCP && (flagsOf(packet, header) & SYN) !== 0;
  }

  /**
   * Ends a connection. When conntrack takes the packet for one of the old connection it is dropped: its repetition
   * will be new to both.
   */
  private beginAgain(packet: Packet, connection: IpvsConnection, hook: number): number {
    const isOld = usesOldConntrack(packet, connection);
    // Its entry is the new connection's already.
    if (!isOld) connection.flags &= ~CONN_NFCT;
    if (connection.controlled === 0) this.ipvs.connections.remove(connection);
    return isOld ? this.drop(packet, DropReason.IPVS_EXPIRED) : this.begin(packet, hook);
  }

  /** ip_vs_try_to_schedule: a packet of no connection. */
  private begin(packet: Packet, hook: number): number {
    const { ipvs, header } = this;
    const { services } = ipvs;
    if (header.protocol === PROTO.TCP) {
      const flags = flagsOf(packet, header);
      const mayBegin = (flags & SYN) !== 0 || ipvs.settings.sloppyTcp !== 0;
      if (!mayBegin || (flags & RST) !== 0) return NF_ACCEPT;
    }
    const { protocol, destination, destinationPort } = header;
    const service = services.forPacket(packet.mark, protocol, destination, destinationPort);
    if (service === null || this.isReply(packet, service)) return NF_ACCEPT;
    const connection = scheduleConnection(ipvs, service, header);
    if (connection === null) return this.refuse(packet);
    const verdict = this.pass(packet, connection, hook);
    if ((connection.flags & CONN_ONE_PACKET) !== 0) ipvs.connections.remove(connection);
    return verdict;
  }

  /** What a real server on this machine answers is not scheduled, though its mark would have it. */
  private isReply(packet: Packet, service: IpvsService): boolean {
    if (service.fwmark === 0 && !service.persistent) return false;
    if (packet.dev !== null && packet.dev !== this.ipvs.netns.loopback) return false;
    const { protocol, source, sourcePort, destination, destinationPort } = this.header;
    const { connections } = this.ipvs;
    return connections.findRequest(protocol, destination, destinationPort, source, sourcePort) !== null;
  }

  private pass(packet: Packet, connection: IpvsConnection, hook: number): number {
    const { ipvs } = this;
    const length = packet.tail - packet.networkOffset;
    const { cost } = ipvs.netns.host;
    if (cost !== null) cost.charge(Stage.ipvs, length);
    countIn(ipvs, connection, length);
    setState(ipvs, connection, packet, this.header, DIRECTION_INPUT);
    const { tracer } = ipvs.netns.host.env;
    if (tracer !== null) tracer.step(ipvs.netns, packet, { kind: 'balanced', connection, isReply: false });
    return this.transmitter.send(packet, connection, hook);
  }

  /** ip_vs_leave: no destination takes the packet. */
  private refuse(packet: Packet): number {
    const { icmp } = this.ipvs.netns.ipv4;
    icmp.sendError(packet, ICMP_TYPE.DEST_UNREACH, ICMP_UNREACH.PORT_UNREACH, 0);
    return this.drop(packet, DropReason.IPVS_NO_DESTINATION);
  }

  private drop(packet: Packet, reason: number): number {
    this.ipvs.netns.host.dropPacket(packet, reason, packet.dev);
    return NF_STOLEN;
  }
}

function flagsOf(packet: Packet, header: IpvsHeader): number {
  const at = header.transport + TCP_FLAGS;
  return at < packet.tail ? packet.buf[at]! : 0;
}

/** is_new_conn_expected: whether a SYN may mean another connection (bits of conn_reuse_mode). */
function isReusable(connection: IpvsConnection, mode: number): boolean {
  if (connection.control !== null) return false;
  const { state } = connection;
  if (state === TCP_S_TIME_WAIT || state === TCP_S_CLOSE) return true;
  if ((mode & 2) !== 0 && state === TCP_S_FIN_WAIT) return (connection.flags & CONN_NOOUTPUT) !== 0;
  return state === TCP_S_NONE;
}
