import { NO_ENDPOINT_CONFIG } from '../../../drivers/network/endpoint.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';

export const connect: DockerCommand = {
  names: ['connect'],
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Connect a container to a network',
  flags: [
    { name: 'alias', kind: 'list', type: 'strings', usage: 'Add network-scoped alias for the container' },
    { name: 'driver-opt', kind: 'list', type: 'strings', usage: 'driver options for the network' },
    { name: 'gw-priority', kind: 'int' },
    { name: 'ip', kind: 'string', usage: 'IPv4 address (e.g., 172.30.100.104)' },
    { name: 'ip6', kind: 'string', usage: 'IPv6 address (e.g., 2001:db8::33)' },
    { name: 'link', kind: 'list', usage: 'Add link to another container' },
    {
      name: 'link-local-ip',
      kind: 'list',
      type: 'strings',
      usage: 'Add a link-local address for the container',
    },
  ],
  operands: exactly(2),
  *run({ engine, flags, operands }) {
    const network = engine.networks.get(operands[0]!);
    const container = engine.containers.get(operands[1]!);
    engine.containers.connect(container, network, {
      ...NO_ENDPOINT_CONFIG,
      ipv4: flags.string('ip'),
      ipv6: flags.string('ip6'),
      linkLocalIps: flags.list('link-local-ip'),
      aliases: flags.list('alias'),
      links: flags.list('link'),
      driverOptions: flags.pairs('driver-opt'),
      gatewayPriority: flags.int('gw-priority', 0),
      hasIpamConfig: true,
    });
    return 0;
  },
};
