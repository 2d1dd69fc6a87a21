import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { ClusterMember } from '../../../drivers/swarm/cluster.ts';
import { CONTROL_PORT } from '../../../drivers/swarm/manager-server.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { CliError } from '../cli-error.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import type { GoStruct } from '../format/go-value.ts';
import { printInspected } from '../print-inspected.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { releaseText } from '../system/release-text.ts';
import { findNode } from './find-node.ts';

/** Not modelled, and left out: the raft index, plugins and resources, TLS; `--pretty`. */
export const inspect: DockerCommand = {
  names: ['inspect'],
  usage: '[OPTIONS] self|NODE [NODE...]',
  summary: 'Display detailed information on one or more nodes',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    { name: 'pretty', kind: 'bool' },
  ],
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    if (flags.bool('pretty')) throw new CliError('docker node inspect: --pretty is not modelled');
    const asked = requireManager(engine);
    return printInspected(proc, operands, flags.string('format'), (term) =>
      describe(asked, findNode(asked, term)),
    );
  },
};

function describe(asked: SwarmNode, member: ClusterMember): GoStruct {
  const address = formatIpv4(member.address);
  return {
    ID: member.id,
    CreatedAt: rfc3339(member.createdNs),
    UpdatedAt: rfc3339(member.createdNs),
    Spec: { Labels: member.labels, Role: member.role, Availability: member.availability },
    Description: {
      Hostname: member.hostname,
      Platform: { Architecture: 'x86_64', OS: 'linux' },
      Engine: { EngineVersion: releaseText(asked.cluster.release) },
    },
    Status: { State: member.status, Addr: address },
    ...(member.role === 'manager' && {
      ManagerStatus: {
        ...(asked.cluster.leader === member && { Leader: true }),
        Reachability: member.status === 'ready' ? 'reachable' : 'unreachable',
        Addr: `${address}:${CONTROL_PORT}`,
      },
    }),
  };
}
