/** `--network` of services (docker/cli opts/network.go, command/service/opts.go). */
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import type { NetworkAttachmentConfig } from '../../../drivers/swarm/services/service-spec.ts';
import { CliError } from '../cli-error.ts';
import { splitPair } from '../flags.ts';

/** `ov1`, or `name=ov1,alias=web`; the network's id takes the place of its name. */
export function serviceNetworks(asked: SwarmNode, texts: readonly string[]): NetworkAttachmentConfig[] {
  return texts
    .map((text): NetworkAttachmentConfig => {
      if (!/^[\w-]+=/.test(text)) return { target: findServiceNetwork(asked, text), aliases: [] };
      const fields = text.split(',').map(splitPair);
      const name = fields.find(([key]) => key === 'name')?.[1];
      if (name === undefined) throw new CliError(`invalid argument: network name is not set: ${text}`, 125);
      const unknown = fields.find(([key]) => !['name', 'alias', 'driver-opt'].includes(key));
      if (unknown !== undefined) throw new CliError(`invalid field key ${unknown[0]}`, 125);
      const aliases = fields.filter(([key]) => key === 'alias').map(([, alias]) => alias);
      return { target: findServiceNetwork(asked, name), aliases };
    })
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

/** A network's id by its name; Docker's error for one that services cannot be on. */
export function findServiceNetwork({ cluster, engine }: SwarmNode, name: string): string {
  const known = cluster.networks.find(name);
  if (known !== undefined) return known.id;
  const local = engine.networks.find(name);
  if (local === undefined) throw new CliError(`Error: No such network: ${name}`);
  if (['host', 'bridge', 'none'].includes(local.name)) {
    throw new CliError(`not modelled: services on the network ${local.name} of their node`);
  }
  throw new CliError(
    `network ${name} cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver.`,
  );
}
