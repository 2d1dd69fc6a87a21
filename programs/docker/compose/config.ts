import { stringify } from 'yaml';
import type { PortMapping } from '../../compose-file/schema/ports.ts';
import type { Service } from '../../compose-file/schema/service.ts';
import type { DockerCommand } from '../docker-command.ts';
import { fileWork } from './work.ts';
import { selectServices, usedNetworks, type ComposeProject, type ProjectNetwork } from './project.ts';

type YamlMap = Record<string, unknown>;

export const config: DockerCommand = {
  names: ['config', 'convert'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Parse, resolve and render compose file in canonical format',
  flags: [
    { name: 'format', kind: 'string', usage: 'Format the output', byDefault: '"yaml"' },
    { name: 'profiles', kind: 'bool', usage: 'Print the profile names, one per line' },
    {
      name: 'quiet',
      short: 'q',
      kind: 'bool',
      usage: "Only validate the configuration, don't print anything",
    },
    { name: 'services', kind: 'bool', usage: 'Print the service names, one per line' },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { proc, flags, operands } = context;
    const project = selectServices(fileWork(context, operands).project, operands);
    if (flags.bool('quiet')) return 0;
    if (flags.bool('services')) {
      proc.print(
        Object.keys(project.services)
          .map((key) => `${key}\n`)
          .join(''),
      );
      return 0;
    }
    if (flags.bool('profiles')) {
      const profiles = new Set(Object.values(project.services).flatMap((service) => service.profiles));
      proc.print(
        [...profiles]
          .sort()
          .map((profile) => `${profile}\n`)
          .join(''),
      );
      return 0;
    }
    const canonical = canonicalProject(project);
    if (flags.string('format') === 'json') proc.print(`${JSON.stringify(canonical, null, 2)}\n`);
    else proc.print(stringify(canonical, { indentSeq: true, nullStr: 'null', lineWidth: 0 }));
    return 0;
  },
};

/** The project as its files say it, every short form made long; keys in alphabetical order, as compose-go writes them. */
function canonicalProject(project: ComposeProject): YamlMap {
  const raw = (project.data['services'] ?? {}) as Record<string, YamlMap | null>;
  const services = Object.entries(project.services).map(([key, service]) => [
    key,
    canonicalService(raw[key] ?? {}, service),
  ]);
  const networks = usedNetworks(project).map(([key, network]) => [
    key,
    canonicalNetwork(rawNetwork(project, key), network),
  ]);
  return {
    name: project.name,
    services: sorted(Object.fromEntries(services)),
    networks: sorted(Object.fromEntries(networks)),
  };
}

function rawNetwork({ data }: ComposeProject, key: string): YamlMap {
  const networks = (data['networks'] ?? {}) as Record<string, YamlMap | null>;
  return networks[key] ?? {};
}

function canonicalService(raw: YamlMap, service: Service): YamlMap {
  const out: YamlMap = { ...raw, command: raw['command'] ?? null, entrypoint: raw['entrypoint'] ?? null };
  if (service.ports.length > 0) out['ports'] = service.ports.map(canonicalPort);
  if (Object.keys(service.environment).length > 0) out['environment'] = sorted(service.environment);
  if (Object.keys(service.labels).length > 0) out['labels'] = sorted(service.labels);
  if (service.extraHosts.length > 0)
    out['extra_hosts'] = service.extraHosts.map(({ host, address }) => `${host}=${address}`);
  if (service.dependsOn.length > 0) {
    const entries = service.dependsOn.map(({ service: key, condition, required }) => [
      key,
      { condition, required },
    ]);
    out['depends_on'] = sorted(Object.fromEntries(entries));
  }
  if (service.networks !== undefined) {
    const own = raw['networks'];
    const described = Array.isArray(own) || own === undefined || own === null ? {} : (own as YamlMap);
    const entries = Object.keys(service.networks).map((key) => [key, described[key] ?? null]);
    out['networks'] = sorted(Object.fromEntries(entries));
  }
  return sorted(out);
}

function canonicalPort({ mode, hostIp, target, published, protocol }: PortMapping): YamlMap {
  return {
    mode,
    ...(hostIp === undefined ? {} : { host_ip: hostIp }),
    target,
    ...(published === undefined
      ? {}
      : {
          published:
            published.first === published.last
              ? String(published.first)
              : `${published.first}-${published.last}`,
        }),
    protocol,
  };
}

function canonicalNetwork(raw: YamlMap, { name, external }: ProjectNetwork): YamlMap {
  return { name, ...sorted({ ...raw, name: undefined }), ...(external ? { external } : {}) };
}

function sorted(map: YamlMap): YamlMap {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
