import { PROTO } from '../../protocols/ipv4.ts';
import { TCP_FLAGS } from '../../protocols/tcp/tcp-header.ts';
import type { Packet } from '../packet/packet.ts';
import { CONN_INACTIVE, CONN_NOOUTPUT, TEMPLATE_ASSURED, type IpvsConnection } from './ipvs-connection.ts';
import type { IpvsHeader } from './ipvs-header.ts';
import type { IpvsState } from './ipvs-state.ts';
import { DIRECTION_INPUT_ONLY, DIRECTION_OUTPUT, nextTcpState, TCP_S_ESTABLISHED } from './tcp-states.ts';

/** ip_vs_in_stats: `length` bytes from a client. What goes to a deleted destination is not counted. */
export function countIn(ipvs: IpvsState, connection: IpvsConnection, length: number): void {
  const { destination } = connection;
  if (!destination.available) return;
  const now = ipvs.now;
  destination.statistics.countIn(now, length);
  destination.service.statistics.countIn(now, length);
  ipvs.statistics.countIn(now, length);
}

/** ip_vs_out_stats: `length` bytes to a client. */
export function countOut(ipvs: IpvsState, connection: IpvsConnection, length: number): void {
  const { destination } = connection;
  if (!destination.available) return;
  const now = ipvs.now;
  destination.statistics.countOut(now, length);
  destination.service.statistics.countOut(now, length);
  ipvs.statistics.countOut(now, length);
}

/** ip_vs_set_state: what a packet makes of its connection, which lives on for the new state's timeout. */
export function setState(
  ipvs: IpvsState,
  connection: IpvsConnection,
  packet: Packet,
  header: IpvsHeader,
  direction: number,
): void {
  if (header.protocol === PROTO.TCP) setTcpState(connection, packet, header, direction);
  else if (direction === DIRECTION_OUTPUT) assureTemplate(connection);
  ipvs.connections.touch(connection, ipvs.now, ipvs.timeoutOf(connection));
}

function setTcpState(
  connection: IpvsConnection,
  packet: Packet,
  header: IpvsHeader,
  direction: number,
): void {
  const at = header.transport + TCP_FLAGS;
  if (at >= packet.tail) return;
  let seen = direction;
  if ((connection.flags & CONN_NOOUTPUT) !== 0) {
    if (direction === DIRECTION_OUTPUT) connection.flags &= ~CONN_NOOUTPUT;
    else seen = DIRECTION_INPUT_ONLY;
  }
  const state = nextTcpState(connection.state, packet.buf[at]!, seen);
  if (state !== connection.state) countState(connection, state);
  if (state === TCP_S_ESTABLISHED) assureTemplate(connection);
  connection.state = state;
}

/** ip_vs_control_assure_ct. */
function assureTemplate(connection: IpvsConnection): void {
  if (connection.control !== null) connection.control.state = TEMPLATE_ASSURED;
}

/** Established connections are active ones. */
function countState(connection: IpvsConnection, state: number): void {
  const { destination } = connection;
  const isInactive = (connection.flags & CONN_INACTIVE) !== 0;
  if (isInactive === (state !== TCP_S_ESTABLISHED)) return;
  const step = isInactive ? 1 : -1;
  destination.activeConnections += step;
  destination.inactiveConnections -= step;
  connection.flags ^= CONN_INACTIVE;
}
