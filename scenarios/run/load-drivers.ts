import { resolve, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DriverContext, NetworkDriver } from '../../drivers/driver.ts';
import { DRIVER_KIT, type DriverKit } from '../../drivers/driver-kit.ts';
import { defaultDriverRegistry, type DriverRegistry } from '../../drivers/driver-registry.ts';
import { importModule } from '../import-module.ts';
import { driversRefused } from '../load/refuse-drivers.ts';
import type { Scenario } from '../load/scenario.ts';

/** Makes a driver for one engine; the kit holds the classes it is made with, so a module needs no imports. */
export type OutsideDriverFactory = (context: DriverContext, kit: DriverKit) => NetworkDriver;

/**
 * What a driver module exports: `drivers`, a factory for each kind of network it knows, by the name that
 * `docker network create -d` takes.
 */
export interface DriverModule {
  readonly drivers: Readonly<Record<string, OutsideDriverFactory>>;
}

/** A module that the scenario names is none, or has no drivers in it. */
export class DriverModuleError extends Error {
  override readonly name = 'DriverModuleError';
}

/**
 * The drivers that the engines of a run have: Docker's own and those of the scenario's modules, whose paths count
 * from the scenario file. They are programs, so they are loaded only when the user said so. Throws a ScenarioError when nobody did.
 */
export async function loadDrivers(scenario: Scenario, allowCode: boolean): Promise<DriverRegistry> {
  const registry = defaultDriverRegistry();
  if (scenario.drivers.length === 0) return registry;
  if (!allowCode) throw driversRefused(scenario);
  for (const path of scenario.drivers) {
    const url = pathToFileURL(resolve(dirname(scenario.source.file), path)).href;
    const factories = readModule(path, await loadModule(path, url));
    for (const [type, factory] of Object.entries(factories)) {
      registry.register(type, (context) => factory(context, DRIVER_KIT));
    }
  }
  return registry;
}

async function loadModule(path: string, url: string): Promise<unknown> {
  try {
    return await importModule(url);
  } catch (error) {
    throw new DriverModuleError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function readModule(path: string, loaded: unknown): DriverModule['drivers'] {
  const drivers = (loaded as Partial<DriverModule>).drivers;
  const isRight =
    typeof drivers === 'object' && Object.values(drivers).every((factory) => typeof factory === 'function');
  if (isRight) return drivers;
  throw new DriverModuleError(`${path}: exports no "drivers", a function for each type of network`);
}
