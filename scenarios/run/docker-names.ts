import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { Node } from './nodes.ts';
import type { World } from './world.ts';

/** The container of that name on whichever host has it, running; null when there is none. */
export function findContainer(_world: World, _name: string): Node | null {
  return null;
}

/** The bridge of a Docker network, for taps named after the network. */
export function networkDevice(_host: Host, _netns: NetNamespace, _name: string): NetDevice | null {
  return null;
}

/** A namespace that Docker keeps: an overlay's, a load balancer's, the ingress sandbox. */
export function findDockerNamespace(_host: Host, _name: string): NetNamespace | null {
  return null;
}

export function killContainer(_world: World, _name: string): void {}
