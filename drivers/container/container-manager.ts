/** The containers of an engine (daemon/create.go, container.go, delete.go, rename.go, container_operations.go). */
import { SIGKILL } from '../../core/host/process.ts';
import { DockerError } from '../docker-error.ts';
import { isAtLeast } from '../engine-release.ts';
import type { Engine } from '../engine/engine.ts';
import { drawId, shortId } from '../identifiers.ts';
import { NO_ENDPOINT_CONFIG, type EndpointConfig } from '../network/endpoint.ts';
import { isPredefinedName, type Network } from '../network/network.ts';
import { isContainerMode, type ContainerSpec } from './container-config.ts';
import { generateName } from './container-names.ts';
import { attach, connectNow, disconnectNow } from './container-network.ts';
import { Container } from './container.ts';
import { eventAttributes, signalContainer } from './lifecycle.ts';
import { parseLink } from './links.ts';
import { validateSpec } from './validate-spec.ts';

const NAME_PATTERN = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** A new container and what the daemon warns of. */
export interface CreatedContainer {
  readonly container: Container;
  readonly warnings: readonly string[];
}

export class ContainerManager {
  private readonly engine: Engine;
  private readonly containers = new Map<string, Container>();

  /** `previous`: that of the daemon before, whose containers are on the disk. */
  constructor(engine: Engine, previous?: ContainerManager) {
    this.engine = engine;
    for (const container of previous?.list() ?? []) {
      this.containers.set(container.id, container);
      // The default bridge is another network each time the daemon starts.
      for (const attached of container.networks.values()) {
        if (isPredefinedName(attached.name)) attached.networkId = '';
      }
    }
  }

  /** `docker create`. */
  create(spec: ContainerSpec): CreatedContainer {
    const { engine } = this;
    validateSpec(spec);
    const image = engine.images.get(spec.config.image);
    const id = drawId(engine.random('container-ids'));
    const name = this.reserveName(spec.name, id);
    const container = new Container(engine.host, id, {
      name,
      hasGeneratedName: spec.name === '' && !isAtLeast(engine.release, 25),
      image,
      config: spec.config,
      hostConfig: spec.hostConfig,
    });
    container.hostname = this.hostnameOf(container);
    if (container.argv.length === 0) throw new DockerError('invalid', 'No command specified');
    this.registerLinks(container);
    this.registerNetworks(container, spec);
    for (const [path, text] of Object.entries(image.files)) container.fileSystem.writeText(path, text);
    this.containers.set(id, container);
    engine.events.record('container', 'create', id, eventAttributes(container));
    return { container, warnings: this.warningsFor(container) };
  }

  /** A container by id, name or the beginning of an id; Docker's error when there is none. */
  get(term: string): Container {
    const container = this.find(term);
    if (container === undefined) throw new DockerError('notFound', `No such container: ${term}`);
    return container;
  }

  find(term: string): Container | undefined {
    const exact = this.containers.get(term) ?? this.findByName(term.replace(/^\//, ''));
    if (exact !== undefined || term === '') return exact;
    const matching = this.list().filter(({ id }) => id.startsWith(term));
    if (matching.length > 1) {
      throw new DockerError('invalid', `Multiple IDs found with provided prefix: ${term}`);
    }
    return matching[0];
  }

  findByName(name: string): Container | undefined {
    return this.list().find((container) => container.name === name);
  }

  /** All containers, oldest first. */
  list(): Container[] {
    return [...this.containers.values()];
  }

  /** `docker rm`: a running container only with `force`, which kills it. */
  remove(container: Container, force: boolean): void {
    if (container.isRunning || container.state.status === 'restarting') {
      if (!force) throw runningError(container);
      container.stoppedByHand = true;
      container.state.status = container.state.status === 'restarting' ? 'exited' : container.state.status;
      signalContainer(this.engine, container, SIGKILL);
    }
    this.forget(container);
  }

  /** Takes an ended container off the list. */
  forget(container: Container): void {
    if (!this.containers.delete(container.id)) return;
    container.state.status = 'removing';
    this.engine.events.record('container', 'destroy', container.id, eventAttributes(container));
    container.ended.wake();
  }

  rename(container: Container, newName: string): void {
    const name = newName.replace(/^\//, '');
    if (name === '') throw new DockerError('invalid', 'Neither old nor new names may be empty');
    if (name === container.name) {
      throw new DockerError('invalid', 'Renaming a container with the same name as its current name');
    }
    container.name = this.reserveName(name, container.id);
    for (const endpoint of container.endpoints) {
      const { network } = endpoint;
      if (!network.hasResolver) continue;
      const config = container.networks.get(network.name)!.config;
      const names = [container.name, ...config.aliases, container.shortId, container.hostname];
      network.names.set(endpoint.id, { names: [...new Set(names)], addresses: endpoint.addresses });
    }
    this.engine.events.record('container', 'rename', container.id, eventAttributes(container));
  }

  /** `docker network connect`. */
  connect(container: Container, network: Network, config: EndpointConfig): void {
    this.checkConnectable(container, network);
    if (network.isPredefined && (config.ipv4 !== '' || config.ipv6 !== '')) {
      throw new DockerError(
        'invalid',
        'user specified IP address is supported on user defined networks only',
      );
    }
    if (network.isPredefined && config.aliases.length > 0 && !isAtLeast(this.engine.release, 29)) {
      throw new DockerError(
        'invalid',
        'network-scoped alias is supported only for containers in user defined networks',
      );
    }
    if (container.isRunning) connectNow(this.engine, container, network, config);
    else attach(container, network, config);
    this.engine.events.record('network', 'connect', network.id, {
      container: container.id,
      name: network.name,
    });
  }

  /** `docker network disconnect`. */
  disconnect(container: Container, network: Network): void {
    if (network.name === 'host' && container.hostConfig.networkMode === 'host') {
      throw new DockerError(
        'invalid',
        'container cannot be disconnected from host network or connected to host network',
      );
    }
    const attached = container.networks.get(network.name);
    if (attached === undefined) {
      throw new DockerError(
        'forbidden',
        `container ${container.id} is not connected to network ${network.name}`,
      );
    }
    if (container.isRunning) disconnectNow(this.engine, container, attached);
    else container.networks.delete(network.name);
    this.engine.events.record('network', 'disconnect', network.id, {
      container: container.id,
      name: network.name,
    });
  }

  private checkConnectable(container: Container, network: Network): void {
    const { networkMode } = container.hostConfig;
    if (isContainerMode(networkMode)) {
      throw new DockerError(
        'invalid',
        'container sharing network namespace with another container or host cannot be connected to any other network',
      );
    }
    if (networkMode === 'host' || network.name === 'host') {
      throw new DockerError(
        'invalid',
        isAtLeast(this.engine.release, 29)
          ? 'cannot connect container to host network - container must be created in host network mode'
          : 'container cannot be disconnected from host network or connected to host network',
      );
    }
    if (networkMode === 'none' || network.name === 'none') {
      if (container.networks.has('none') || network.name === 'none') {
        throw new DockerError(
          'forbidden',
          'container cannot be connected to multiple networks with one of the networks in private (none) mode',
        );
      }
    }
    if (container.networks.has(network.name)) {
      throw new DockerError(
        'forbidden',
        `endpoint with name ${container.name} already exists in network ${network.name}`,
      );
    }
  }

  private reserveName(wanted: string, id: string): string {
    if (wanted === '') {
      return generateName(
        this.engine.random('container-names'),
        (name) => this.findByName(name) !== undefined,
      );
    }
    if (!NAME_PATTERN.test(wanted)) {
      throw new DockerError(
        'invalid',
        `Invalid container name (${wanted}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
      );
    }
    const name = wanted.replace(/^\//, '');
    const holder = this.findByName(name);
    if (holder !== undefined && holder.id !== id) {
      throw new DockerError(
        'conflict',
        `Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    return name;
  }

  private hostnameOf(container: Container): string {
    if (container.config.hostname !== '') return container.config.hostname;
    return container.hostConfig.networkMode === 'host' ? this.engine.host.hostname : shortId(container.id);
  }

  private registerLinks(container: Container): void {
    for (const text of container.hostConfig.links) {
      const { name, alias } = parseLink(text);
      const child = this.find(name);
      if (child === undefined) {
        throw new DockerError('invalid', `could not get container for ${name}: No such container: ${name}`);
      }
      if (child.hostConfig.networkMode === 'host') {
        throw new DockerError(
          'invalid',
          "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
        );
      }
      if (!child.networks.has('bridge')) {
        throw new DockerError(
          'invalid',
          `Cannot link to /${child.name}, as it does not belong to the default network`,
        );
      }
      container.links.set(alias, child);
    }
  }

  /** The networks a container will be put on when it starts; one that does not exist is only then missed. */
  private registerNetworks(container: Container, spec: ContainerSpec): void {
    const { networkMode } = spec.hostConfig;
    if (isContainerMode(networkMode)) return;
    const wanted = new Map([[networkMode === 'default' ? 'bridge' : networkMode, NO_ENDPOINT_CONFIG]]);
    for (const [name, config] of spec.networking) if (name !== 'default') wanted.set(name, config);
    if (wanted.size > 1 && !isAtLeast(this.engine.release, 25)) {
      const names = [...wanted.keys()].join(', ');
      throw new DockerError('invalid', `Container cannot be connected to network endpoints: ${names}`);
    }
    for (const [name, config] of wanted) {
      const network = this.engine.networks.find(name);
      if (network !== undefined) attach(container, network, config);
      else container.networks.set(name, { name, networkId: '', config, endpoint: null });
    }
  }

  private warningsFor(container: Container): string[] {
    const { hostConfig, image } = container;
    const warnings: string[] = [];
    if (hostConfig.networkMode === 'host' && hostConfig.portBindings.size > 0) {
      warnings.push('Published ports are discarded when using host network mode');
    }
    if (this.engine.host.initNamespace.sysctl.ipForward === 0) {
      warnings.push('IPv4 forwarding is disabled. Networking will not work.');
    }
    if (!image.isKnown) {
      warnings.push(
        `what is in the image "${container.config.image}" is not modelled: it has busybox's tools`,
      );
    }
    return warnings;
  }
}

function runningError(container: Container): DockerError {
  return new DockerError(
    'conflict',
    `You cannot remove a running container ${container.id}. Stop the container before attempting removal or force remove`,
  );
}
