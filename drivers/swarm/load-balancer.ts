/**
 * The load balancer sandbox of a network on a node (libnetwork network.go createLoadBalancerSandbox): a namespace
 * with an address of its own, there from the node's first endpoint to its last. The ingress network's is the ingress
 * sandbox, which has a way to the host as well.
 */
import { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import type { Engine } from '../engine/engine.ts';
import { hostResolvConf } from '../engine/host-facts.ts';
import { drawId } from '../identifiers.ts';
import type { AddressLease } from '../ipam/network-ipam.ts';
import { Endpoint } from '../network/endpoint.ts';
import type { Network } from '../network/network.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { SandboxFiles } from '../sandbox/sandbox-files.ts';

export class LoadBalancer {
  readonly sandbox: Sandbox;
  readonly endpoint: Endpoint;
  /** Servers answer clients themselves (`-o dsr`). */
  readonly isDirect: boolean;
  private readonly network: Network;

  /** `lease`: the address that the managers gave the node on this network. */
  constructor(engine: Engine, network: Network, lease: AddressLease) {
    this.network = network;
    this.isDirect = network.driverOptions.has('dsr');
    const { ingress, name } = network.spec;
    const id = ingress ? 'ingress_sbox' : `lb_${network.id.slice(0, 9)}`;
    this.sandbox = new Sandbox(engine, {
      id,
      files: sandboxFiles(engine, id),
      usesHost: false,
      wantsWayOut: ingress,
    });
    this.endpoint = new Endpoint(network, {
      id: drawId(engine.random('endpoint-ids')),
      containerId: ingress ? 'ingress-sbox' : `lb-${name}`,
      name: `${name}-endpoint`,
      lease4: lease,
      lease6: null,
      requestedMac: null,
      driverOptions: new Map(),
      portRequests: [],
      linkedPeers: [],
      linkAliases: new Map(),
      gatewayPriority: 0,
    });
    this.endpoint.mac = network.driver!.createEndpoint(network, this.endpoint).mac;
    this.sandbox.join(this.endpoint);
  }

  /** The ingress sandbox's on docker_gwbridge; null for other load balancers, which have no way out. */
  get gatewayAddress(): number | null {
    const gateway = this.sandbox.gatewayEndpoint;
    return gateway === null ? null : (gateway.lease4!.address as number);
  }

  destroy(): void {
    const { network, sandbox, endpoint } = this;
    sandbox.leave(endpoint);
    network.driver!.deleteEndpoint(network, endpoint);
    sandbox.destroy();
  }
}

/** It runs no programs, so the files are for its resolver alone. */
function sandboxFiles(engine: Engine, hostname: string): SandboxFiles {
  return new SandboxFiles({
    release: engine.release,
    fileSystem: new VirtualFileSystem(),
    hostname,
    domainname: '',
    extraHosts: [],
    dns: { nameservers: [], search: [], options: [] },
    hostResolvConf: hostResolvConf(engine.host),
    hostHosts: null,
    copiesResolvConf: false,
    hasIpv6: false,
    kernelHasIpv6: engine.host.initNamespace.ipv6 !== null,
  });
}
