import { atLeast, type DockerCommand } from '../docker-command.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { createSpec } from './create-spec.ts';
import { generateServiceName } from './generate-name.ts';
import { SERVICE_FLAGS } from './service-flags.ts';
import { waitConverged } from './wait-converged.ts';

/** Not modelled: jobs, secrets, configs, mounts, generic resources, digests of images. */
export const create: DockerCommand = {
  names: ['create'],
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create a new service',
  flags: [
    ...SERVICE_FLAGS,
    { name: 'name', kind: 'string', usage: 'Service name' },
    { name: 'mode', kind: 'string', usage: 'Service mode (replicated, global)', byDefault: '"replicated"' },
    { name: 'network', kind: 'list', type: 'network', usage: 'Network attachments' },
    { name: 'publish', short: 'p', kind: 'list', type: 'port', usage: 'Publish a port as a node port' },
    { name: 'constraint', kind: 'list', usage: 'Placement constraints' },
    { name: 'placement-pref', kind: 'list', type: 'pref', usage: 'Add a placement preference' },
    { name: 'env', short: 'e', kind: 'list', usage: 'Set environment variables' },
    { name: 'label', short: 'l', kind: 'list', usage: 'Service labels' },
    { name: 'container-label', kind: 'list', usage: 'Container labels' },
    { name: 'host', kind: 'list', usage: 'Set one or more custom host-to-IP mappings (host:ip)' },
    { name: 'dns', kind: 'list', usage: 'Set custom DNS servers' },
    { name: 'dns-search', kind: 'list', usage: 'Set custom DNS search domains' },
    { name: 'dns-option', kind: 'list', usage: 'Set DNS options' },
    { name: 'sysctl', kind: 'list', usage: 'Sysctl options' },
    { name: 'cap-add', kind: 'list', usage: 'Add Linux capabilities' },
    { name: 'cap-drop', kind: 'list' },
    { name: 'mount', kind: 'list' },
  ],
  interspersed: false,
  operands: atLeast(1),
  *run({ proc, engine, flags, operands }) {
    const asked = requireManager(engine);
    const { services } = asked.cluster;
    const spec = createSpec(asked, flags, operands);
    const name = spec.name === '' ? generateServiceName(asked.cluster) : spec.name;
    const service = services.create({ ...spec, name });
    proc.print(`${service.id}\n`);
    if (!flags.bool('detach')) yield* waitConverged(proc, services, service, flags.bool('quiet'));
    return 0;
  },
};
