/** The initial sequence numbers of one connection, by direction. */
export interface TcpFlow {
  seq: number;
  ack: number;
}

/** The connections seen so far, so that sequence numbers can be printed relative to their start. */
export class TcpFlows {
  private readonly flows = new Map<string, TcpFlow>();

  get(key: string): TcpFlow | undefined {
    return this.flows.get(key);
  }

  set(key: string, flow: TcpFlow): void {
    this.flows.set(key, flow);
  }
}
