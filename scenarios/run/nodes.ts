import type { NetDevice } from '../../core/device/net-device.ts';
import { Veth } from '../../core/device/veth.ts';
import type { Host } from '../../core/host/host.ts';
import { namespaceByName } from '../../core/host/namespace-file.ts';
import type { ProcessContext } from '../../core/host/process.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { CapturePoint } from '../schema/capture.ts';
import { findContainer, findDockerNamespace, networkDevice } from './docker-names.ts';
import { UnknownNodeError } from './unknown-node-error.ts';
import { hostContext, type World } from './world.ts';

/** Where a step's command runs. */
export interface Node {
  readonly host: Host;
  readonly context: ProcessContext;
}

/** The machine, container or named namespace that a step or a tap names. */
export function findNode(world: World, name: string, netns: string | undefined): Node {
  const host = world.hosts.get(name);
  if (host !== undefined) {
    if (!host.running) throw new UnknownNodeError(`${name} is powered off`);
    if (netns === undefined) return { host, context: hostContext(host) };
    return { host, context: { ...hostContext(host), netns: findNamespace(host, netns) } };
  }
  const container = findContainer(world, name);
  if (container === null) throw new UnknownNodeError(`there is no host or running container called ${name}`);
  return container;
}

/** The device of a capture point: see the aliases in the scenario format's reference. */
export function findDevice(world: World, point: CapturePoint): NetDevice {
  const node = findNode(world, point.node, point.netns);
  const netns = node.context.netns;
  const dev = netns.device(point.device) ?? networkDevice(node.host, netns, point.device);
  if (dev === null || dev === undefined) {
    const there = netns.devices.map((other) => other.name).join(', ');
    throw new UnknownNodeError(`${point.text}: there is no such interface; ${point.node} has ${there}`);
  }
  if (!point.hostEnd) return dev;
  if (dev instanceof Veth && dev.peer !== null) return dev.peer;
  throw new UnknownNodeError(`${point.text}: ${point.device} is not one end of a veth pair`);
}

function findNamespace(host: Host, name: string): NetNamespace {
  const found = namespaceByName(host, host.fileSystem, name) ?? findDockerNamespace(host, name);
  if (found === null) {
    throw new UnknownNodeError(`${host.name} has no network namespace called ${name}`);
  }
  return found;
}
