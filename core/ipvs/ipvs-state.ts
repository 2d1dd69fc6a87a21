import { PROTO } from '../../protocols/ipv4.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { HZ, jiffiesOf } from '../netfilter/conntrack/jiffies.ts';
import type { IpvsConnectionView } from '../netfilter/matches/ipvs.ts';
import type { MatchContext } from '../netfilter/tables/match.ts';
import { ConnectionTable, type ConnectionListener } from './connection-table.ts';
import {
  CONN_INACTIVE,
  CONN_NFCT,
  CONN_NOOUTPUT,
  CONN_ONE_PACKET,
  type IpvsConnection,
} from './ipvs-connection.ts';
import { dropConntrack } from './ipvs-conntrack.ts';
import { FORWARD_MASQ, FORWARD_ROUTE, FORWARD_TUNNEL, type IpvsDestination } from './ipvs-destination.ts';
import { IpvsHooks } from './ipvs-hooks.ts';
import { ServiceTable } from './service-table.ts';
import { addIpvsSysctls, IpvsSettings, removeIpvsSysctls } from './ipvs-settings.ts';
import { IpvsStatistics } from './ipvs-statistics.ts';
import { TCP_S_ESTABLISHED, TCP_S_FIN_WAIT, TCP_TIMEOUTS_S } from './tcp-states.ts';

/** A template that connections still follow expires so much later, in jiffies. */
const TEMPLATE_GRACE = 60 * HZ;
const UDP_TIMEOUT_S = 300;

/**
 * The virtual servers of a namespace (netns_ipvs of Linux 6.1), made by `ipvsOf`. Its hooks are registered when the
 * first service is added.
 *
 * Not modelled: IPv6, SCTP, AH and ESP services, connection synchronisation, FTP and SIP helpers, cache bypass, ICMP
 * that is scheduled, GUE and GRE tunnels, the defences against attack (drop_entry, secure_tcp).
 */
export class IpvsState implements ConnectionListener {
  readonly netns: NetNamespace;
  readonly settings = new IpvsSettings();
  readonly services: ServiceTable;
  readonly connections: ConnectionTable;
  /** Of all services. */
  readonly statistics: IpvsStatistics;
  /** Jiffies by TCP state. */
  readonly tcpTimeouts: number[] = TCP_TIMEOUTS_S.map((seconds) => seconds * HZ);
  udpTimeout = UDP_TIMEOUT_S * HZ;
  private hooks: IpvsHooks | null = null;

  constructor(netns: NetNamespace) {
    this.netns = netns;
    this.connections = new ConnectionTable(this);
    this.services = new ServiceTable(this);
    this.statistics = new IpvsStatistics(this.now);
    addIpvsSysctls(netns, this.settings);
  }

  /** Now, in jiffies. */
  get now(): number {
    return jiffiesOf(this.netns.host.sim.nowNs);
  }

  /** ip_vs_register_hooks: once, with the first service. */
  enable(): void {
    this.hooks ??= new IpvsHooks(this);
  }

  /** Removes hooks, services, connections and settings. */
  destroy(): void {
    this.services.flush();
    for (const connection of this.connections.all()) this.connections.remove(connection);
    this.hooks?.unregister();
    this.hooks = null;
    removeIpvsSysctls(this.netns);
    this.netns.ipvs = null;
  }

  /** Live connections and templates. */
  listConnections(): IpvsConnection[] {
    this.connections.expire(this.now);
    return this.connections.all();
  }

  /** `ipvsadm --set`: seconds, each 0 to leave it (ip_vs_set_timeout). Connections keep what they have. */
  setTimeouts(tcpS: number, tcpFinS: number, udpS: number): void {
    if (tcpS !== 0) this.tcpTimeouts[TCP_S_ESTABLISHED] = tcpS * HZ;
    if (tcpFinS !== 0) this.tcpTimeouts[TCP_S_FIN_WAIT] = tcpFinS * HZ;
    if (udpS !== 0) this.udpTimeout = udpS * HZ;
  }

  /** The timeout of a connection in the state it is in, in jiffies. */
  timeoutOf(connection: IpvsConnection): number {
    if (connection.templateTimeout !== 0) return connection.templateTimeout;
    return connection.protocol === PROTO.TCP ? this.tcpTimeouts[connection.state]! : this.udpTimeout;
  }

  /** Seconds a connection has left, as listings print it. */
  secondsLeft(connection: IpvsConnection): number {
    return Math.max(0, Math.floor((connection.expires - this.now) / HZ));
  }

  /** Puts a new connection in the table and counts it at its destination (ip_vs_bind_dest). */
  addConnection(connection: IpvsConnection): void {
    const { destination } = connection;
    if (connection.isTemplate) destination.persistentConnections++;
    else {
      connection.flags |= CONN_INACTIVE;
      if (connection.forwarding !== FORWARD_MASQ) connection.flags |= CONN_NOOUTPUT;
      destination.inactiveConnections++;
    }
    destination.connectionAdded();
    this.connections.insert(connection, this.now, this.timeoutOf(connection));
  }

  /** ip_vs_conn_expire, once the connection is out of the table. */
  connectionGone(connection: IpvsConnection): void {
    const { destination, control } = connection;
    if (connection.isTemplate) destination.persistentConnections--;
    else if ((connection.flags & CONN_INACTIVE) !== 0) destination.inactiveConnections--;
    else destination.activeConnections--;
    destination.connectionRemoved();
    if (control !== null) control.controlled--;
    connection.control = null;
    const isTracked = (connection.flags & CONN_NFCT) !== 0 && !connection.isTemplate;
    if (isTracked && (connection.flags & CONN_ONE_PACKET) === 0) dropConntrack(this.netns, connection);
    if (!destination.available) this.services.released(destination);
  }

  postpones(connection: IpvsConnection): number {
    return connection.controlled > 0 ? TEMPLATE_GRACE : 0;
  }

  /** ip_vs_expire_nodest_conn_flush: connections of a destination that was deleted go with it. */
  expireOf(destination: IpvsDestination): void {
    for (const connection of this.connections.all()) {
      if (connection.destination !== destination || connection.isTemplate) continue;
      const { control } = connection;
      this.connections.remove(connection);
      if (control !== null && control.controlled === 0) this.connections.remove(control);
    }
  }

  /** What `-m ipvs` asks of a packet on its way to a real server (xt_ipvs.c). */
  connectionOfPacket(context: MatchContext): IpvsConnectionView | null {
    if (!context.packet.ipvsProperty || !context.hasTransport(4)) return null;
    const found = this.connections.findReply(
      context.protocol,
      context.source,
      context.sourcePort,
      context.destination,
      context.destinationPort,
    );
    return found === null ? null : viewOf(found);
  }
}

function viewOf(connection: IpvsConnection): IpvsConnectionView {
  const { forwarding } = connection;
  return {
    protocol: connection.protocol,
    virtualAddress: connection.virtual >>> 0,
    virtualPort: connection.virtualPort,
    forwarding: forwarding === FORWARD_ROUTE ? 'GATE' : forwarding === FORWARD_TUNNEL ? 'IPIP' : 'MASQ',
  };
}
