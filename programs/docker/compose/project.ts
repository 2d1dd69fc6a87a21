/** A Compose project: the services and networks of its files, under the names they have on the host. */
import type { Network } from '../../compose-file/schema/network.ts';
import type { Service } from '../../compose-file/schema/service.ts';
import { CliError } from '../cli-error.ts';
import { dependenciesOf, dependencyCycle } from './service-order.ts';

export interface ComposeProject {
  readonly name: string;
  readonly workingDirectory: string;
  readonly configFiles: readonly string[];
  /** All services that no profile leaves out, by their keys, in the order of the files. */
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, ProjectNetwork>>;
  /** The files as they stand, variables replaced and merged. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A network under its name on the host. */
export type ProjectNetwork = Network & { readonly name: string };

/** What compose-go exits with when a file is not there, and when there is something wrong in it. */
export const FILE_NOT_FOUND = 14;
export const FILE_IS_WRONG = 15;

/** A project with only these services and what they need; without their dependencies on demand. */
export function selectServices(
  project: ComposeProject,
  wanted: readonly string[],
  withDependencies = true,
): ComposeProject {
  if (wanted.length === 0) return project;
  const chosen = new Set<string>();
  const choose = (key: string) => {
    if (chosen.has(key)) return;
    if (!Object.hasOwn(project.services, key)) throw new CliError(`no such service: ${key}`);
    chosen.add(key);
    if (withDependencies) dependenciesOf(project.services[key]!).forEach(choose);
  };
  wanted.forEach(choose);
  const services = Object.fromEntries(Object.entries(project.services).filter(([key]) => chosen.has(key)));
  return { ...project, services };
}

/** The networks that any of the project's services is on. */
export function usedNetworks({ networks, services }: ComposeProject): [string, ProjectNetwork][] {
  const used = new Set(Object.values(services).flatMap((service) => Object.keys(service.networks ?? {})));
  return Object.entries(networks).filter(([key]) => used.has(key));
}

/** Throws compose-go's complaint about the first thing that does not fit (loader/validate.go, loader.go). */
export function checkProject({ services, networks }: ComposeProject, disabled: ReadonlySet<string>): void {
  const fail = (text: string): never => {
    throw new CliError(text, FILE_IS_WRONG);
  };
  for (const [key, service] of Object.entries(services)) {
    if (service.networkMode !== undefined && service.networks !== undefined)
      fail(
        `service ${key} declares mutually exclusive \`network_mode\` and \`networks\`: invalid compose project`,
      );
    for (const network of Object.keys(service.networks ?? {})) {
      if (!Object.hasOwn(networks, network))
        fail(`service "${key}" refers to undefined network ${network}: invalid compose project`);
    }
    for (const { service: other, required } of service.dependsOn) {
      if (Object.hasOwn(services, other) || (disabled.has(other) && !required)) continue;
      fail(`service "${key}" depends on undefined service "${other}": invalid compose project`);
    }
    const shared = service.networkMode?.startsWith('service:')
      ? service.networkMode.slice('service:'.length)
      : null;
    if (shared !== null && !Object.hasOwn(services, shared))
      fail(`service "${shared}" not found for network_mode 'service:${shared}'`);
    for (const { target } of service.links) {
      if (!Object.hasOwn(services, target))
        fail(`service "${key}" depends on undefined service "${target}": invalid compose project`);
    }
  }
  const cycle = dependencyCycle(services);
  if (cycle !== null) fail(`dependency cycle detected: ${cycle.join(' -> ')}`);
}
