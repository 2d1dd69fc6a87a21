/**
 * Gives out the addresses of services and tasks (swarmkit manager/allocator/network.go): serially, in the order in
 * which they come; a service before its tasks, and a node's load balancer when the first task of a network is put
 * there.
 */
import type { AddressLease } from '../../ipam/network-ipam.ts';
import type { ClusterMember } from '../cluster.ts';
import type { ClusterNetwork } from '../cluster-networks.ts';
import type { ClusterServices } from './cluster-services.ts';
import type { Service, Task } from './service.ts';
import { ingressPorts, type NetworkAttachmentConfig } from './service-spec.ts';

export class Allocator {
  private readonly services: ClusterServices;

  constructor(services: ClusterServices) {
    this.services = services;
  }

  /** A virtual address on each network of the service; those on networks that it has left go back. */
  allocateService(service: Service): void {
    const wanted =
      service.spec.endpoint.mode === 'vip' ? this.attachments(service).map(({ target }) => target) : [];
    for (const { networkId, lease } of service.virtualIps) {
      if (!wanted.includes(networkId)) this.release(networkId, lease);
    }
    service.virtualIps = wanted.flatMap((networkId) => {
      const known = service.virtualIps.find((each) => each.networkId === networkId);
      if (known !== undefined) return [known];
      const lease = this.take(networkId);
      return lease === null ? [] : [{ networkId, lease }];
    });
  }

  releaseService(service: Service): void {
    for (const { networkId, lease } of service.virtualIps) this.release(networkId, lease);
    service.virtualIps = [];
  }

  /** False while a network has no address left. */
  allocateTask(service: Service, task: Task): boolean {
    const attachments = this.attachments(service);
    const taken: Task['attachments'] = [];
    for (const { target, aliases } of attachments) {
      const lease = this.take(target);
      if (lease === null) {
        for (const attachment of taken) this.release(attachment.networkId, attachment.lease);
        return false;
      }
      taken.push({ networkId: target, lease, aliases });
    }
    task.attachments = taken;
    task.isAllocated = true;
    return true;
  }

  /** Of a task that has ended; it goes on showing them. */
  releaseTask(task: Task): void {
    if (!task.isAllocated) return;
    task.isAllocated = false;
    for (const { networkId, lease } of task.attachments) this.release(networkId, lease);
  }

  /** The load balancers' addresses for a node with such a task. */
  allocateNode(member: ClusterMember, task: Task): void {
    for (const { networkId } of task.attachments) {
      this.services.cluster.networks.get(networkId)?.loadBalancerLease(member.id);
    }
  }

  /** The ingress network, when ports come in by it, then those of the spec. */
  private attachments(service: Service): NetworkAttachmentConfig[] {
    const { networks } = this.services.cluster;
    const ingress = networks.ingress;
    const wantsIngress = ingressPorts(service.spec.endpoint.ports).length > 0;
    const own = service.spec.task.networks.filter(({ target }) => networks.get(target) !== undefined);
    if (!wantsIngress || ingress === undefined) return own;
    return [{ target: ingress.id, aliases: [] }, ...own];
  }

  private take(networkId: string): AddressLease | null {
    const network: ClusterNetwork | undefined = this.services.cluster.networks.get(networkId);
    try {
      return network?.ipam.requestAddress(4) ?? null;
    } catch {
      return null;
    }
  }

  private release(networkId: string, lease: AddressLease): void {
    this.services.cluster.networks.get(networkId)?.ipam.releaseAddress(lease);
  }
}
