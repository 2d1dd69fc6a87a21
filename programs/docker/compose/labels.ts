/** The labels by which Compose knows its containers and networks (docker/compose pkg/api/labels.go). */
import type { Container } from '../../../drivers/container/container.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { derivedId } from '../../../drivers/identifiers.ts';
import type { Service } from '../../compose-file/schema/service.ts';
import type { ComposeProject } from './project.ts';

/** The release of Compose whose behaviour is followed. */
export const COMPOSE_VERSION = '2.24.6';

const PREFIX = 'com.docker.compose';
export const PROJECT_LABEL = `${PREFIX}.project`;
export const SERVICE_LABEL = `${PREFIX}.service`;
export const NUMBER_LABEL = `${PREFIX}.container-number`;
export const ONE_OFF_LABEL = `${PREFIX}.oneoff`;
export const NETWORK_LABEL = `${PREFIX}.network`;
export const CONFIG_HASH_LABEL = `${PREFIX}.config-hash`;
export const CONFIG_FILES_LABEL = `${PREFIX}.project.config_files`;
export const DEPENDENCIES_LABEL = `${PREFIX}.depends_on`;

export function containerLabels(
  project: ComposeProject,
  key: string,
  service: Service,
  options: { number: number; oneOff: boolean },
): Map<string, string> {
  const own = Object.entries(service.labels).map(([name, value]): [string, string] => [name, value ?? '']);
  const dependencies = service.dependsOn.map(
    ({ service: other, condition }) => `${other}:${condition}:false`,
  );
  return new Map([
    ...own,
    [CONFIG_HASH_LABEL, configHash(service)],
    [NUMBER_LABEL, String(options.number)],
    [DEPENDENCIES_LABEL, dependencies.join(',')],
    [ONE_OFF_LABEL, options.oneOff ? 'True' : 'False'],
    [PROJECT_LABEL, project.name],
    [CONFIG_FILES_LABEL, project.configFiles.join(',')],
    [`${PREFIX}.project.working_dir`, project.workingDirectory],
    [SERVICE_LABEL, key],
    [`${PREFIX}.version`, COMPOSE_VERSION],
  ]);
}

export function networkLabels(project: string, key: string): Map<string, string> {
  return new Map([
    [NETWORK_LABEL, key],
    [PROJECT_LABEL, project],
    [`${PREFIX}.version`, COMPOSE_VERSION],
  ]);
}

/** Tells whether a service was changed since a container was made. Stands in for Compose's SHA-256. */
export function configHash(service: Service): string {
  // How many containers there are is no reason to make them anew.
  return derivedId(JSON.stringify({ ...service, scale: undefined, deploy: undefined }));
}

/** The containers of a project by their names; those of `docker compose run` only when they are asked for. */
export function projectContainers(engine: Engine, project: string, oneOffs = false): Container[] {
  return engine.containers
    .list()
    .filter(({ config: { labels } }) => {
      if (labels.get(PROJECT_LABEL) !== project) return false;
      return oneOffs || labels.get(ONE_OFF_LABEL) !== 'True';
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function serviceOf(container: Container): string {
  return container.config.labels.get(SERVICE_LABEL) ?? '';
}

export function numberOf(container: Container): number {
  return Number(container.config.labels.get(NUMBER_LABEL) ?? '1');
}
