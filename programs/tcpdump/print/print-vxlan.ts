import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { printEthernet } from './print-ethernet.ts';

const HEADER_BYTES = 8;
const FLAG_VNI = 0x08;

/** Prints a VXLAN header (RFC 7348) and, on the line below, the frame inside. */
export function printVxlan(d: Dissector, at: number, length: number): void {
  d.protocol = 'vxlan';
  d.add('VXLAN, ');
  d.require(at, HEADER_BYTES);
  const flags = d.u8(at);
  d.add(`flags [${flags & FLAG_VNI ? 'I' : '.'}] (0x${hex(flags, 2)}), vni ${d.u32(at + 4) >>> 8}\n`);
  d.within(d.end, () => printEthernet(d, at + HEADER_BYTES, length - HEADER_BYTES));
}
