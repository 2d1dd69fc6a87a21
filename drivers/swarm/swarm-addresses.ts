/** The addresses that a node is reached by (daemon/cluster/listen_addr.go). */
import type { Engine } from '../engine/engine.ts';
import { selectSourceAddress } from '../../core/namespace/ipv4-fib.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { DockerError } from '../docker-error.ts';
import { Bridge } from '../../core/device/bridge/bridge.ts';
import { Veth } from '../../core/device/veth.ts';

/** `--advertise-addr` and `--data-path-addr`: an address, with or without a port, or an interface. */
export function resolveAddress(engine: Engine, text: string, flag: string): number {
  const plain = /^(.*):\d+$/.exec(text)?.[1] ?? text;
  if (isIpv4Text(plain)) return parseIpv4(plain);
  const dev = engine.host.initNamespace.device(plain);
  if (dev === undefined) {
    throw new DockerError(
      'invalid',
      `${flag} must be a valid IP address or network interface (with optional port number)`,
    );
  }
  const addresses = dev.ipv4.addresses;
  if (addresses.length === 0) {
    throw new DockerError('invalid', `interface ${plain} has no usable IPv4 or IPv6 address`);
  }
  if (addresses.length > 1) {
    throw new DockerError(
      'invalid',
      `interface ${plain} has more than one IPv4 address (${formatIpv4(addresses[0]!.local)} and ${formatIpv4(addresses[1]!.local)})`,
    );
  }
  return addresses[0]!.local;
}

/** The host's own address when it has one only; those of Docker's bridges do not count. */
export function systemAddress(engine: Engine): number {
  const found: { address: number; dev: string }[] = [];
  for (const dev of engine.host.initNamespace.devices) {
    if (dev === engine.host.initNamespace.loopback || dev instanceof Bridge || dev instanceof Veth) continue;
    for (const { local } of dev.ipv4.addresses) found.push({ address: local, dev: dev.name });
  }
  const [first, second] = found;
  if (first === undefined) {
    throw new DockerError(
      'invalid',
      "could not find the system's IP address - specify one with --advertise-addr",
    );
  }
  if (second === undefined) return first.address;
  const where =
    first.dev === second.dev
      ? `this system has multiple addresses on interface ${first.dev} (${formatIpv4(first.address)} and ${formatIpv4(second.address)})`
      : `this system has multiple addresses on different interfaces (${formatIpv4(first.address)} on ${first.dev} and ${formatIpv4(second.address)} on ${second.dev})`;
  throw new DockerError(
    'invalid',
    `could not choose an IP address to advertise since ${where} - specify one with --advertise-addr`,
  );
}

/** The host's own address of the control plane: the advertised one, unless another machine translates to it. */
export function localAddress(engine: Engine, advertised: number): number {
  return engine.host.initNamespace.ipv4.fib.isLocal(advertised) ? advertised : systemAddress(engine);
}

/** The address that packets to a manager leave with; null when there is no way to it. */
export function addressTowards(engine: Engine, manager: number): number | null {
  const netns = engine.host.initNamespace;
  const route = netns.ipv4.fib.lookup(manager);
  if (route === null || route.dev === null) return null;
  if (route.prefSrc !== 0) return route.prefSrc;
  return selectSourceAddress(netns, route.dev, route.gateway === 0 ? manager : route.gateway);
}
