import type { Scenario } from '../load/scenario.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { Swarm } from '../schema/swarm.ts';
import { bootOrRefuse } from './boot-line.ts';
import type { World } from './world.ts';

/** Makes the swarm that the file describes: `swarm init` on the first manager, `swarm join` on the others. */
export function formSwarm(world: World, scenario: Scenario, swarm: Swarm): void {
  const [first, ...otherManagers] = swarm.managers;
  bootOrRefuse(
    world,
    scenario,
    ['swarm'],
    first!,
    `docker swarm init${initOptions(swarm)}${nodeOptions(swarm, first!)}`,
  );
  for (const [role, hosts] of [
    ['manager', otherManagers],
    ['worker', swarm.workers],
  ] as const) {
    if (hosts.length === 0) continue;
    const join = /docker swarm join --token \S+ \S+/.exec(
      bootOrRefuse(world, scenario, ['swarm'], first!, `docker swarm join-token ${role}`),
    )![0];
    const [, token = '', remote = ''] = /--token (\S+) (\S+)/.exec(join)!;
    for (const host of hosts) {
      bootOrRefuse(
        world,
        scenario,
        ['swarm'],
        host,
        `docker swarm join --token ${token}${nodeOptions(swarm, host)} ${remote}`,
      );
    }
  }
}

function initOptions(swarm: Swarm): string {
  const pools = swarm['default-addr-pool'].map((pool) => ` --default-addr-pool ${pool}`).join('');
  const mask = swarm['default-addr-pool-mask-length'];
  const port = swarm['data-path-port'];
  return `${pools}${mask === undefined ? '' : ` --default-addr-pool-mask-length ${mask}`}${
    port === undefined ? '' : ` --data-path-port ${port}`
  }`;
}

function nodeOptions(swarm: Swarm, host: string): string {
  const advertise = swarm['advertise-addr'][host];
  const dataPath = swarm['data-path-addr'][host];
  return `${advertise === undefined ? '' : ` --advertise-addr ${text(advertise)}`}${
    dataPath === undefined ? '' : ` --data-path-addr ${text(dataPath)}`
  }`;
}

function text(address: IpAddress | string): string {
  return typeof address === 'string' ? address : formatIp(address);
}
