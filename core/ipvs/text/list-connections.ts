import { PROTO } from '../../../protocols/ipv4.ts';
import { TEMPLATE_ASSURED, type IpvsConnection } from '../ipvs-connection.ts';
import type { IpvsState } from '../ipvs-state.ts';
import { TCP_STATE_NAMES } from '../tcp-states.ts';
import { endpointText } from './list-services.ts';

/** `ipvsadm -Lc`: the connections, in the order of the table. */
export function listConnections(ipvs: IpvsState, numeric: boolean): string {
  const head =
    'IPVS connection entries\n' +
    `pro expire ${'state'.padEnd(11)} ${'source'.padEnd(18)} ${'virtual'.padEnd(18)} destination\n`;
  return (
    head +
    ipvs
      .listConnections()
      .map((one) => connectionText(ipvs, one, numeric))
      .join('')
  );
}

function connectionText(ipvs: IpvsState, connection: IpvsConnection, numeric: boolean): string {
  const seconds = ipvs.secondsLeft(connection);
  const expire = `${pad2(Math.floor(seconds / 60))}:${pad2(seconds % 60)}`;
  const state = stateName(connection);
  const source = endpointText(connection.client, connection.clientPort, numeric).padEnd(18);
  const virtual = endpointText(connection.virtual, connection.virtualPort, numeric).padEnd(18);
  const real = endpointText(connection.real, connection.realPort, numeric);
  const protocol = protocolName(connection.protocol);
  return `${protocol} ${expire.padEnd(6)} ${state.padEnd(11)} ${source} ${virtual} ${real}\n`;
}

function protocolName(protocol: number): string {
  if (protocol === PROTO.TCP) return 'TCP';
  return protocol === PROTO.UDP ? 'UDP' : 'IP ';
}

/** ip_vs_state_name: templates have states of their own. */
function stateName(connection: IpvsConnection): string {
  if (connection.isTemplate) return connection.state === TEMPLATE_ASSURED ? 'ASSURED' : 'NONE';
  return connection.protocol === PROTO.TCP ? TCP_STATE_NAMES[connection.state]! : 'UDP';
}

function pad2(number: number): string {
  return String(number).padStart(2, '0');
}
