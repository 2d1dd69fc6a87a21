import { Bridge } from '../../core/device/bridge/bridge.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { Veth } from '../../core/device/veth.ts';
import { namespaceAt } from '../../core/host/namespace-file.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { bridgeNameOf } from '../../drivers/bridge/options.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';

const NETNS_DIRECTORY = '/var/run/docker/netns';

/** Names namespaces and devices as a scenario's steps and taps do: `c1`, `host1`, `host1:ov`, `c1/eth0@host`. */
export class PlaceNames {
  private readonly known = new WeakMap<NetNamespace, string>();

  /** A host, a container, or `host:netns`. */
  namespace(netns: NetNamespace): string {
    const { host } = netns;
    if (netns === host.initNamespace) return host.name;
    const known = this.known.get(netns);
    if (known !== undefined) return known;
    const name = containerOf(netns) ?? dockerName(netns) ?? (netns.name === '' ? undefined : netns.name);
    // A container gets its name after its namespace: what has none yet is asked again.
    if (name === undefined) return `${host.name}:${netns.id}`;
    const full = engineHas(netns) ? name : `${host.name}:${name}`;
    this.known.set(netns, full);
    return full;
  }

  /** A device as its namespace knows it, with what it is when its name does not say. */
  device(dev: NetDevice): string {
    const alias = this.aliasOf(dev);
    return alias === undefined ? dev.name : `${dev.name} (${alias})`;
  }

  private aliasOf(dev: NetDevice): string | undefined {
    if (dev instanceof Bridge) {
      const networks = engineOf(dev.host)?.networks.list() ?? [];
      const isIts = ({ id, spec, driverOptions }: (typeof networks)[number]) =>
        spec.driver === 'bridge' && bridgeNameOf(id, driverOptions) === dev.name;
      const network = dev.netns === dev.host.initNamespace ? networks.find(isIts) : undefined;
      return network === undefined || network.name === 'bridge' ? undefined : `network ${network.name}`;
    }
    if (!(dev instanceof Veth) || dev.peer === null || dev.peer.netns === dev.netns) return undefined;
    if (engineHas(dev.netns)) return undefined;
    return `${this.namespace(dev.peer.netns)}/${dev.peer.name}@host`;
  }
}

function containerOf(netns: NetNamespace): string | undefined {
  const containers = engineOf(netns.host)?.containers.list() ?? [];
  return containers.find(({ context }) => context?.netns === netns)?.name;
}

function engineHas(netns: NetNamespace): boolean {
  return netns !== netns.host.initNamespace && containerOf(netns) !== undefined;
}

/** Of a namespace that Docker keeps: `ingress_sbox`, `ov` for that of overlay ov, `lb_ov` for its load balancer's. */
function dockerName(netns: NetNamespace): string | undefined {
  const { fileSystem } = netns.host;
  const file = fileSystem
    .list(NETNS_DIRECTORY)
    .find((each) => namespaceAt(fileSystem, `${NETNS_DIRECTORY}/${each}`) === netns);
  if (file === undefined) return undefined;
  const [, prefix, id] = /^(\d+-|lb_)(\w+)$/.exec(file) ?? [];
  if (id === undefined) return file;
  const network = engineOf(netns.host)
    ?.networks.list()
    .find((each) => each.id.startsWith(id));
  if (network === undefined) return file;
  return prefix === 'lb_' ? `lb_${network.name}` : network.name;
}
