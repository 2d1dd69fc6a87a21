import { goTimeString } from '../../../drivers/docker-time.ts';
import { shortId } from '../../../drivers/identifiers.ts';
import type { Network } from '../../../drivers/network/network.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters, type Filters } from '../filters.ts';
import type { GoStruct } from '../format/go-value.ts';
import { formatList } from '../format/list-format.ts';
import { FILTER_FLAG, formatFlag, quietFlag } from '../list-flags.ts';
import { compareNaturally } from '../natural-order.ts';

const FORMAT = {
  table: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'NETWORK ID',
    Name: 'NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    CreatedAt: 'CREATED AT',
  },
};

export const ls: DockerCommand = {
  names: ['ls', 'list'],
  usage: '[OPTIONS]',
  summary: 'List networks',
  flags: [
    { ...FILTER_FLAG, usage: "Provide filter values (e.g. 'driver=bridge')" },
    formatFlag('networks'),
    { name: 'no-trunc', kind: 'bool', usage: 'Do not truncate the output' },
    quietFlag('network IDs'),
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const filters = parseFilters(flags.list('filter'), [
      'dangling',
      'driver',
      'id',
      'label',
      'name',
      'scope',
      'type',
    ]);
    const rows = engine.networks
      .list()
      .filter((network) => matches(network, filters))
      .sort((a, b) => compareNaturally(a.name, b.name))
      .map((network) => row(network, flags.bool('no-trunc')));
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};

function row(network: Network, full: boolean): GoStruct {
  return {
    ID: full ? network.id : shortId(network.id),
    Name: network.name,
    Driver: network.driver?.type ?? '',
    Scope: network.scope,
    IPv6: String(network.enableIpv6),
    Internal: String(network.internal),
    Labels: [...network.spec.labels].map(([name, value]) => `${name}=${value}`).join(','),
    CreatedAt: goTimeString(network.createdNs),
  };
}

function matches(network: Network, filters: Filters): boolean {
  return (
    filters.contains('name', network.name) &&
    filters.contains('id', network.id) &&
    filters.equals('driver', network.driver?.type ?? '') &&
    filters.equals('scope', network.scope) &&
    filters.equals('type', network.isPredefined ? 'builtin' : 'custom') &&
    filters.equals('dangling', String(!network.isPredefined && network.endpoints.size === 0)) &&
    filters.labels(network.spec.labels)
  );
}
