import { TcpFlows } from './tcp-flows.ts';

/** What a printer remembers from packet to packet: TCP connections and the times that -ttt counts from. */
export class PrinterState {
  readonly flows = new TcpFlows();
  firstTimeNs: bigint | null = null;
  previousTimeNs: bigint | null = null;
}
