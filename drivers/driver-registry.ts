import { DockerError } from './docker-error.ts';
import type { DriverContext, NetworkDriver } from './driver.ts';
import { createBridgeDriver } from './bridge/driver.ts';
import { createHostDriver } from './host/driver.ts';
import { createIpvlanDriver } from './ipvlan/driver.ts';
import { createMacvlanDriver } from './macvlan/driver.ts';
import { createNoneDriver } from './none/driver.ts';
import { createOverlayDriver } from './overlay/driver.ts';

/** Makes a driver for one engine. */
export type DriverFactory = (context: DriverContext) => NetworkDriver;

/** The kinds of network drivers an engine knows, by the name `-d` takes. */
export class DriverRegistry {
  private readonly factories = new Map<string, DriverFactory>();

  register(type: string, factory: DriverFactory): this {
    this.factories.set(type, factory);
    return this;
  }

  types(): string[] {
    return [...this.factories.keys()].sort();
  }

  /** Throws Docker's error when there is no driver of that name. */
  create(type: string, context: DriverContext): NetworkDriver {
    const factory = this.factories.get(type);
    if (factory === undefined) throw new DockerError('notFound', `plugin "${type}" not found`);
    return factory(context);
  }
}

/** A registry of the drivers that come with Docker; others can be added to it. */
export function defaultDriverRegistry(): DriverRegistry {
  return new DriverRegistry()
    .register('bridge', createBridgeDriver)
    .register('host', createHostDriver)
    .register('ipvlan', createIpvlanDriver)
    .register('macvlan', createMacvlanDriver)
    .register('null', createNoneDriver)
    .register('overlay', createOverlayDriver);
}
