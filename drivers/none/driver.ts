/** The null driver: a namespace with nothing but loopback (libnetwork drivers/null/null.go). */
import type { DriverContext } from '../driver.ts';
import { SingleNetworkDriver } from '../single-network-driver.ts';

export function createNoneDriver(_context: DriverContext): NoneDriver {
  return new NoneDriver();
}

export class NoneDriver extends SingleNetworkDriver {
  constructor() {
    super('null');
  }
}
