import type { Host } from '../../core/host/host.ts';
import type { DaemonJson } from './daemon-config.ts';
import { Engine, type EngineOptions } from './engine.ts';

interface Installed {
  readonly engine: Engine;
  readonly config: DaemonJson;
  readonly options: EngineOptions;
}

const engines = new WeakMap<Host, Installed>();

/** Starts a Docker daemon on a host, with what daemon.json says. */
export function createEngine(host: Host, config: DaemonJson = {}, options: EngineOptions = {}): Engine {
  if (engines.has(host)) throw new Error(`${host.name} has a Docker daemon`);
  const engine = new Engine(host, config, options);
  engines.set(host, { engine, config, options });
  return engine;
}

/** Starts the daemon of a host anew, with what the one before it had on its disk. */
export function replaceEngine(host: Host, previous: Engine): Engine {
  const { config, options } = engines.get(host)!;
  const engine = new Engine(host, config, { ...options, previous });
  engines.set(host, { engine, config, options });
  return engine;
}

/** The Docker daemon of a host; null when it has none. */
export function engineOf(host: Host): Engine | null {
  return engines.get(host)?.engine ?? null;
}
