import { Cable } from '../../core/device/link/cable.ts';
import { Nic } from '../../core/device/link/nic.ts';
import { Switch } from '../../core/device/link/switch.ts';
import type { Scenario } from '../load/scenario.ts';
import type { Link, LinkEnd } from '../schema/link.ts';
import type { World } from './world.ts';

/** Plugs the cables and switches of a scenario in. */
export function buildLinks(world: World, scenario: Scenario): void {
  for (const [name, link] of Object.entries(scenario.links)) {
    const nics = link.ends.map((end) => nicOf(world, end));
    if (link.mtu !== undefined) for (const nic of nics) nic.mtu = Math.min(nic.mtu, link.mtu);
    world.links.set(
      name,
      link.kind === 'cable' ? cable(world, name, link, nics) : ethernetSwitch(world, name, link, nics),
    );
  }
}

function cable(world: World, name: string, link: Link, nics: Nic[]): Cable {
  return new Cable(world.sim, name, nics[0]!, nics[1]!, link.ends[0]!.transmit, link.ends[1]!.transmit);
}

function ethernetSwitch(world: World, name: string, link: Link, nics: Nic[]): Switch {
  const made = new Switch(world.sim, name, link);
  for (const [index, end] of link.ends.entries()) {
    const vlans = end.vlans;
    made.attach(
      nics[index]!,
      end.transmit,
      vlans === undefined
        ? null
        : { access: vlans.access ?? 0, trunk: vlans.trunk, native: vlans.native ?? 0 },
    );
  }
  return made;
}

function nicOf(world: World, end: LinkEnd): Nic {
  const dev = world.host(end.host).initNamespace.device(end.interface);
  if (!(dev instanceof Nic)) throw new Error(`${end.host}/${end.interface} is not a network card`);
  return dev;
}
