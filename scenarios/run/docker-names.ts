import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import { namedNamespaces, namespaceAt } from '../../core/host/namespace-file.ts';
import { SIGKILL } from '../../core/host/process.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { Container } from '../../drivers/container/container.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';
import { Bridge } from '../../core/device/bridge/bridge.ts';
import { bridgeNameOf } from '../../drivers/bridge/options.ts';
import { UnknownNodeError } from './unknown-node-error.ts';
import type { Node } from './nodes.ts';
import type { World } from './world.ts';

/** The container of that name, on whichever host has it; null when there is none that runs. */
export function findContainer(world: World, name: string): Node | null {
  for (const host of world.hosts.values()) {
    const container = containerOn(host, name);
    if (container?.context !== null && container?.context !== undefined && container.isRunning) {
      return { host, context: container.context };
    }
  }
  return null;
}

/** `svc.host1`: the container of global service svc that runs on host1, called svc.NODE-ID.TASK-ID there. */
function globalTaskOn(host: Host, name: string): Container | undefined {
  if (!name.endsWith(`.${host.name}`)) return undefined;
  const service = name.slice(0, -host.name.length);
  const isTask = (rest: string) => /^[0-9a-z]{25}\.[0-9a-z]{25}$/.test(rest);
  return engineOf(host)
    ?.containers.list()
    .find(
      (each) => each.isRunning && each.name.startsWith(service) && isTask(each.name.slice(service.length)),
    );
}

/** By name, id or the beginning of one; `svc.2` is the container of task 2 of service svc that runs. */
function containerOn(host: Host, name: string): Container | undefined {
  const containers = engineOf(host)?.containers;
  const task = containers
    ?.list()
    .find((each) => /\.[^.]+$/.test(name) && each.isRunning && each.name.startsWith(`${name}.`));
  return containers?.find(name) ?? task ?? globalTaskOn(host, name);
}

/** The bridge of a Docker network, for taps named after the network. */
export function networkDevice(host: Host, netns: NetNamespace, name: string): NetDevice | null {
  const network = netns === host.initNamespace ? engineOf(host)?.networks.findByName(name) : undefined;
  if (network === undefined || network.spec.driver !== 'bridge') return null;
  const device = netns.device(bridgeNameOf(network.id, network.driverOptions));
  return device instanceof Bridge ? device : null;
}

const NETNS_DIRECTORY = '/var/run/docker/netns';

/**
 * A namespace that Docker keeps: by its file's name, as `ingress_sbox`; `ov` for that of an overlay called so, `lb_ov`
 * for its load balancer's.
 */
export function findDockerNamespace(host: Host, name: string): NetNamespace | null {
  const engine = engineOf(host);
  if (engine === null) return null;
  const { fileSystem } = host;
  const exact = namespaceAt(fileSystem, `${NETNS_DIRECTORY}/${name}`);
  if (exact !== null) return exact;
  const isBalancer = name.startsWith('lb_');
  const id = engine.networks.findByName(isBalancer ? name.slice('lb_'.length) : name)?.id;
  if (id === undefined) return null;
  if (isBalancer) return namespaceAt(fileSystem, `${NETNS_DIRECTORY}/lb_${id.slice(0, 9)}`);
  const file = fileSystem.list(NETNS_DIRECTORY).find((each) => each.endsWith(`-${id.slice(0, 10)}`));
  return file === undefined ? null : namespaceAt(fileSystem, `${NETNS_DIRECTORY}/${file}`);
}

/** What a namespace is called that a person entered: under /var/run/netns, or by Docker; null when nobody names it. */
export function namespaceName(host: Host, netns: NetNamespace): string | null {
  const named = namedNamespaces(host, host.fileSystem).find((each) => each.netns === netns);
  if (named !== undefined) return named.name;
  const files = host.fileSystem.list(NETNS_DIRECTORY);
  return files.find((each) => namespaceAt(host.fileSystem, `${NETNS_DIRECTORY}/${each}`) === netns) ?? null;
}

/** Kills a container's first process, as an out-of-memory killer would. */
export function killContainer(world: World, name: string): void {
  runningContainer(world, name).process?.kill(SIGKILL);
}

function runningContainer(world: World, name: string): Container {
  for (const host of world.hosts.values()) {
    const container = containerOn(host, name);
    if (container !== undefined && container.isRunning) return container;
  }
  throw new UnknownNodeError(`there is no running container called ${name}`);
}
