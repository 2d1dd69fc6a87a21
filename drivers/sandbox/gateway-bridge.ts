/**
 * docker_gwbridge: the bridge network of a node by which containers of overlays reach the world outside (libnetwork
 * default_gateway.go, default_gateway_linux.go).
 */
import { BRIDGE_LABEL } from '../bridge/options.ts';
import type { Engine } from '../engine/engine.ts';
import { drawId, shortId } from '../identifiers.ts';
import { Endpoint } from '../network/endpoint.ts';
import { DEFAULT_NETWORK_SPEC } from '../network/network-manager.ts';
import type { Network } from '../network/network.ts';

export const GATEWAY_NETWORK = 'docker_gwbridge';

/** The network, made when it is first needed. Its containers cannot reach each other on it. */
export function gatewayNetwork(engine: Engine): Network {
  return (
    engine.networks.findByName(GATEWAY_NETWORK) ??
    engine.networks.make({
      ...DEFAULT_NETWORK_SPEC,
      name: GATEWAY_NETWORK,
      ipamOptions: null,
      driverOptions: new Map([
        [BRIDGE_LABEL.enableIcc, 'false'],
        [BRIDGE_LABEL.enableIpMasquerade, 'true'],
        [BRIDGE_LABEL.name, GATEWAY_NETWORK],
      ]),
    })
  );
}

/** A place on it for the sandbox that `endpoint` is in; the container's ports are published there. */
export function createGatewayEndpoint(engine: Engine, endpoint: Endpoint): Endpoint {
  const network = gatewayNetwork(engine);
  const made = new Endpoint(network, {
    id: drawId(engine.random('endpoint-ids')),
    containerId: endpoint.containerId,
    name: `gateway_${shortId(endpoint.containerId)}`,
    lease4: network.ipam!.requestAddress(4),
    lease6: null,
    requestedMac: null,
    driverOptions: new Map(),
    portRequests: endpoint.portRequests,
    linkedPeers: [],
    linkAliases: new Map(),
    gatewayPriority: 0,
  });
  made.mac = network.driver!.createEndpoint(network, made).mac;
  return made;
}

export function deleteGatewayEndpoint(endpoint: Endpoint): void {
  const { network, lease4 } = endpoint;
  network.driver!.deleteEndpoint(network, endpoint);
  if (lease4 !== null) network.ipam!.releaseAddress(lease4);
}
