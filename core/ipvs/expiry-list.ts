import type { IpvsConnection } from './ipvs-connection.ts';

/**
 * Connections with one timeout in the order in which packets last touched them, which is the order in which they
 * expire: a timer for each would tell no more.
 */
export class ExpiryList {
  readonly timeout: number;
  oldest: IpvsConnection | null = null;
  newest: IpvsConnection | null = null;

  /** `timeout` in jiffies. */
  constructor(timeout: number) {
    this.timeout = timeout;
  }

  append(connection: IpvsConnection): void {
    connection.list = this;
    connection.older = this.newest;
    connection.newer = null;
    if (this.newest === null) this.oldest = connection;
    else this.newest.newer = connection;
    this.newest = connection;
  }

  remove(connection: IpvsConnection): void {
    const { older, newer } = connection;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.newest = older;
    else newer.older = older;
    connection.list = null;
  }
}
