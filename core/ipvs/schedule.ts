import { PROTO } from '../../protocols/ipv4.ts';
import { HZ } from '../netfilter/conntrack/jiffies.ts';
import { CONN_NFCT, CONN_ONE_PACKET, CONN_TEMPLATE, IpvsConnection } from './ipvs-connection.ts';
import type { IpvsDestination } from './ipvs-destination.ts';
import type { IpvsHeader } from './ipvs-header.ts';
import type { IpvsService } from './ipvs-service.ts';
import type { IpvsState } from './ipvs-state.ts';

/** ip_vs_schedule: a new connection for a packet to `service`, or null when no destination takes it. */
export function scheduleConnection(
  ipvs: IpvsState,
  service: IpvsService,
  header: IpvsHeader,
): IpvsConnection | null {
  ipvs.connections.expire(ipvs.now);
  if (service.persistent) return schedulePersistent(ipvs, service, header);
  const destination = service.scheduler.schedule(service, header);
  if (destination === null) return null;
  const realPort = destination.port !== 0 ? destination.port : header.destinationPort;
  return connect(ipvs, service, header, destination, realPort);
}

/** ip_vs_sched_persist: the template of the client's network says where its connections go. */
function schedulePersistent(
  ipvs: IpvsState,
  service: IpvsService,
  header: IpvsHeader,
): IpvsConnection | null {
  const isOwnPort = service.fwmark === 0 && header.destinationPort === service.port;
  const template =
    usableTemplate(ipvs, service, header, isOwnPort) ?? makeTemplate(ipvs, service, header, isOwnPort);
  if (template === null) return null;
  const { destination } = template;
  const { destinationPort } = header;
  const hasOwnPort = destination.port !== 0 && destinationPort === service.port;
  const realPort = hasOwnPort ? destination.port : destinationPort;
  const connection = connect(ipvs, service, header, destination, realPort);
  connection.control = template;
  template.controlled++;
  ipvs.connections.touch(template, ipvs.now, template.templateTimeout);
  return connection;
}

/** The client's template, unless its destination is gone or takes none any more (ip_vs_check_template). */
function usableTemplate(
  ipvs: IpvsState,
  service: IpvsService,
  header: IpvsHeader,
  isOwnPort: boolean,
): IpvsConnection | null {
  const client = (header.source & service.netmask) >>> 0;
  const found =
    service.fwmark !== 0
      ? ipvs.connections.findTemplate(0, client, service.fwmark, 0)
      : ipvs.connections.findTemplate(
          header.protocol,
          client,
          header.destination,
          isOwnPort ? service.port : 0,
        );
  if (found === null) return null;
  const { available, weight } = found.destination;
  const isQuiescent = ipvs.settings.expireQuiescentTemplate !== 0 && weight === 0;
  if (available && !isQuiescent) return found;
  ipvs.connections.remove(found);
  return null;
}

function makeTemplate(
  ipvs: IpvsState,
  service: IpvsService,
  header: IpvsHeader,
  isOwnPort: boolean,
): IpvsConnection | null {
  const destination = service.scheduler.schedule(service, header);
  if (destination === null) return null;
  const isMarked = service.fwmark !== 0;
  const template = new IpvsConnection(
    isMarked ? 0 : header.protocol,
    header.source & service.netmask,
    0,
    isMarked ? service.fwmark : header.destination,
    isOwnPort ? service.port : 0,
    destination,
    isOwnPort ? destination.port : 0,
    CONN_TEMPLATE,
  );
  template.templateTimeout = service.persistentTimeoutS * HZ;
  ipvs.addConnection(template);
  return template;
}

/** ip_vs_conn_new and ip_vs_conn_stats. */
function connect(
  ipvs: IpvsState,
  service: IpvsService,
  header: IpvsHeader,
  destination: IpvsDestination,
  realPort: number,
): IpvsConnection {
  let flags = ipvs.settings.conntrack !== 0 ? CONN_NFCT : 0;
  if (service.onePacket && header.protocol === PROTO.UDP) flags |= CONN_ONE_PACKET;
  const connection = new IpvsConnection(
    header.protocol,
    header.source,
    header.sourcePort,
    header.destination,
    header.destinationPort,
    destination,
    realPort,
    flags,
  );
  ipvs.addConnection(connection);
  const now = ipvs.now;
  destination.statistics.countConnection(now);
  service.statistics.countConnection(now);
  ipvs.statistics.countConnection(now);
  return connection;
}
