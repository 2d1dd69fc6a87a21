import type { Host } from '../../core/host/host.ts';
import type { DaemonJson } from './daemon-config.ts';
import { Engine, type EngineOptions } from './engine.ts';

const engines = new WeakMap<Host, Engine>();

/** Starts a Docker daemon on a host, with what daemon.json says. */
export function createEngine(host: Host, config: DaemonJson = {}, options: EngineOptions = {}): Engine {
  if (engines.has(host)) throw new Error(`${host.name} has a Docker daemon`);
  const engine = new Engine(host, config, options);
  engines.set(host, engine);
  return engine;
}

/** The Docker daemon of a host; null when it has none. */
export function engineOf(host: Host): Engine | null {
  return engines.get(host) ?? null;
}
