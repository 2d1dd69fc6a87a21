import type { ClusterMember } from '../../../drivers/swarm/cluster.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { capitalise } from '../format/capitalise.ts';
import type { GoStruct } from '../format/go-value.ts';
import { formatList } from '../format/list-format.ts';
import { parseFilters, type Filters } from '../filters.ts';
import { FILTER_FLAG, formatFlag, quietFlag } from '../list-flags.ts';
import { compareNaturally } from '../natural-order.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { releaseText } from '../system/release-text.ts';

const FORMAT = {
  table:
    '{{.ID}} {{if .Self}}*{{else}} {{ end }}\t{{.Hostname}}\t{{.Status}}\t{{.Availability}}\t{{.ManagerStatus}}\t{{.EngineVersion}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'ID',
    Self: '',
    Hostname: 'HOSTNAME',
    Status: 'STATUS',
    Availability: 'AVAILABILITY',
    ManagerStatus: 'MANAGER STATUS',
    EngineVersion: 'ENGINE VERSION',
    TLSStatus: 'TLS STATUS',
  },
};

export const ls: DockerCommand = {
  names: ['ls', 'list'],
  usage: '[OPTIONS]',
  summary: 'List nodes in the swarm',
  flags: [FILTER_FLAG, formatFlag('nodes'), quietFlag()],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const asked = requireManager(engine);
    const filters = parseFilters(flags.list('filter'), [
      'id',
      'name',
      'role',
      'membership',
      'label',
      'node.label',
    ]);
    const rows = [...asked.cluster.members.values()]
      .filter((member) => matches(member, filters))
      .sort((a, b) => compareNaturally(a.hostname, b.hostname))
      .map((member) => row(asked, member));
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};

function row(asked: SwarmNode, member: ClusterMember): GoStruct {
  return {
    ID: member.id,
    Self: member === asked.member,
    Hostname: member.hostname,
    Status: capitalise(member.status),
    Availability: capitalise(member.availability),
    ManagerStatus: managerStatus(asked, member),
    EngineVersion: releaseText(asked.cluster.release),
    TLSStatus: 'Ready',
  };
}

function managerStatus(asked: SwarmNode, member: ClusterMember): string {
  if (member.role !== 'manager') return '';
  if (asked.cluster.leader === member) return 'Leader';
  return member.status === 'ready' ? 'Reachable' : 'Unreachable';
}

function matches(member: ClusterMember, filters: Filters): boolean {
  return (
    filters.contains('id', member.id) &&
    filters.contains('name', member.hostname) &&
    filters.equals('role', member.role) &&
    // A node that was admitted is accepted at once: there is no state before.
    filters.equals('membership', 'accepted') &&
    // Labels of the engine come from daemon.json, which has none here.
    filters.labels(new Map()) &&
    filters.labels(member.labels, 'node.label')
  );
}
