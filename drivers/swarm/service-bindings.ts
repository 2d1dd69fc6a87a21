/**
 * Which endpoints stand behind which service, on one node (libnetwork service_common.go, agent.go): it balances load
 * over them and gives them their names. Those of this node are told to the others over gossip.
 * Not modelled: two endpoints with one address, as after a split of the swarm.
 */
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { IngressPublisher } from './ingress-publisher.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { ServiceBalancer, type BalancedService } from './service-balancer.ts';
import type { PortConfig } from './services/service-spec.ts';
import type { SwarmNameTable } from './swarm-name-table.ts';
import type { SwarmNode } from './swarm-node.ts';

/** An endpoint of a service, as it travels: a row of endpoint_table. */
export interface ServiceEndpoint {
  readonly isService: true;
  /** The container's name. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly address: number;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly serviceAliases: readonly string[];
  /** 0 for none. */
  readonly virtualIp: number;
  /** On the ingress network alone. */
  readonly ingressPorts: readonly PortConfig[];
  /** It is about to stop: nothing new goes there. */
  readonly isDisabled: boolean;
}

export function isServiceEndpoint(value: unknown): value is ServiceEndpoint {
  return (value as ServiceEndpoint | null)?.isService === true;
}

/** One service on one network. */
interface Binding extends BalancedService {
  readonly networkId: string;
  /** By endpoint id. */
  readonly endpoints: Map<string, ServiceEndpoint>;
}

/** Marks of services on a node count up from here. */
const FIRST_MARK = 256;

export class ServiceBindings {
  private readonly node: SwarmNode;
  private readonly bindings = new Map<string, Binding>();
  /** Endpoints of this node, by id. */
  private readonly local = new Map<string, { networkId: string; endpoint: ServiceEndpoint }>();
  private readonly publisher: IngressPublisher;
  private nextMark = FIRST_MARK;

  constructor(node: SwarmNode) {
    this.node = node;
    this.publisher = new IngressPublisher(node.engine);
  }

  /** An endpoint of this node is to be used (EnableService). */
  activate(networkId: string, endpointId: string, endpoint: ServiceEndpoint): void {
    this.local.set(endpointId, { networkId, endpoint });
    this.add(networkId, endpointId, endpoint);
    this.tell(networkId, endpointId, endpoint);
  }

  /** Nothing new is to go to an endpoint of this node (DisableService). */
  deactivate(endpointId: string): void {
    const known = this.local.get(endpointId);
    if (known === undefined || known.endpoint.isDisabled) return;
    const endpoint = { ...known.endpoint, isDisabled: true };
    this.local.set(endpointId, { ...known, endpoint });
    this.disable(known.networkId, endpointId, endpoint);
    this.tell(known.networkId, endpointId, endpoint);
  }

  /** An endpoint of this node has left. */
  withdraw(endpointId: string): void {
    const known = this.local.get(endpointId);
    if (known === undefined) return;
    this.local.delete(endpointId);
    this.remove(known.networkId, endpointId, known.endpoint);
    this.tell(known.networkId, endpointId, null);
  }

  /** addServiceBinding. */
  add(networkId: string, endpointId: string, endpoint: ServiceEndpoint): void {
    const balancer = this.balancer(networkId);
    if (balancer === null || endpoint.isDisabled) return;
    const key = bindingKey(networkId, endpoint);
    let binding = this.bindings.get(key);
    const isNew = binding === undefined;
    if (binding === undefined) {
      const { virtualIp, ingressPorts } = endpoint;
      binding = { networkId, virtualIp, ingressPorts, mark: this.nextMark++, endpoints: new Map() };
      this.bindings.set(key, binding);
    }
    const before = binding.endpoints.get(endpointId);
    binding.endpoints.set(endpointId, endpoint);
    if (binding.virtualIp !== 0) this.balance(balancer, binding, endpoint, before);
    this.names(networkId)?.setServiceEndpoint(endpointId, endpoint, isNew);
  }

  /** rmServiceBinding, not in full: the endpoint keeps its connections and loses its names. */
  disable(networkId: string, endpointId: string, endpoint: ServiceEndpoint): void {
    const binding = this.bindings.get(bindingKey(networkId, endpoint));
    const balancer = this.balancer(networkId);
    const known = binding?.endpoints.get(endpointId);
    if (binding === undefined || balancer === null || known === undefined) return;
    binding.endpoints.set(endpointId, endpoint);
    if (binding.virtualIp !== 0) {
      new ServiceBalancer(this.node.engine, balancer).quiesceServer(binding, endpoint.address);
    }
    this.names(networkId)?.deleteServiceEndpoint(endpointId);
  }

  /** rmServiceBinding in full. */
  remove(networkId: string, endpointId: string, endpoint: ServiceEndpoint): void {
    const key = bindingKey(networkId, endpoint);
    const binding = this.bindings.get(key);
    if (binding === undefined || !binding.endpoints.delete(endpointId)) return;
    const isLast = binding.endpoints.size === 0;
    if (isLast) this.bindings.delete(key);
    const balancer = this.balancer(networkId);
    if (balancer !== null && binding.virtualIp !== 0) {
      const balanced = new ServiceBalancer(this.node.engine, balancer);
      balanced.removeServer(binding, endpoint.address);
      if (isLast) this.removeService(balancer, balanced, binding);
    }
    this.names(networkId)?.deleteServiceEndpoint(endpointId);
    if (isLast) this.names(networkId)?.deleteService(endpoint.serviceId);
  }

  /** The node has come to a network: what the others have said of it counts from now on. */
  enterNetwork(networkId: string): void {
    for (const { key, value } of this.node.gossip.db.entries('endpoint_table', networkId)) {
      if (isServiceEndpoint(value)) this.add(networkId, key, value);
    }
  }

  /** The node is about to leave a network. */
  leaveNetwork(networkId: string): void {
    for (const binding of [...this.bindings.values()]) {
      if (binding.networkId !== networkId) continue;
      for (const [id, endpoint] of [...binding.endpoints]) this.remove(networkId, id, endpoint);
    }
  }

  /** The mark of the service that an endpoint is behind; 0 when this node does not know it. */
  markOf(networkId: string, endpoint: ServiceEndpoint): number {
    return this.bindings.get(bindingKey(networkId, endpoint))?.mark ?? 0;
  }

  private balance(
    balancer: LoadBalancer,
    binding: Binding,
    endpoint: ServiceEndpoint,
    before: ServiceEndpoint | undefined,
  ): void {
    const balanced = new ServiceBalancer(this.node.engine, balancer);
    if (before !== undefined) {
      balanced.reviveServer(binding, endpoint.address);
      return;
    }
    const isFirst = balanced.addServer(binding, endpoint.address);
    const gateway = balancer.gatewayAddress;
    if (isFirst && gateway !== null) this.publisher.publish(binding.ingressPorts, gateway);
  }

  private removeService(balancer: LoadBalancer, balanced: ServiceBalancer, binding: Binding): void {
    const isShared = [...this.bindings.values()].some(
      ({ networkId, virtualIp }) => networkId === binding.networkId && virtualIp === binding.virtualIp,
    );
    balanced.removeService(binding, isShared);
    const gateway = balancer.gatewayAddress;
    if (gateway !== null) this.publisher.unpublish(binding.ingressPorts, gateway);
  }

  private tell(networkId: string, endpointId: string, endpoint: ServiceEndpoint | null): void {
    this.node.gossip.db.set('endpoint_table', networkId, endpointId, endpoint);
  }

  private balancer(networkId: string): LoadBalancer | null {
    return this.node.loadBalancer(networkId);
  }

  private names(networkId: string): SwarmNameTable | null {
    return this.node.namesOf(networkId);
  }
}

/** A service whose published ports have changed is another one (serviceKey). */
function bindingKey(networkId: string, { serviceId, ingressPorts, virtualIp }: ServiceEndpoint): string {
  const ports = ingressPorts.map(
    ({ protocol, publishedPort, targetPort }) => `${publishedPort}:${targetPort}/${protocol}`,
  );
  return `${networkId} ${serviceId} ${formatIpv4(virtualIp)} ${ports.join(',')}`;
}
