import { ipv6Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';

/** Record types of MLDv2 (RFC 3810 section 5.2.12) as tcpdump names them. */
const RECORD_TYPES = ['', 'is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block'];
const MLDV1_QUERY_BYTES = 24;

/** The rest of a multicast listener query of version 1 or 2. */
export function printMldQuery(d: Dissector, at: number, length: number): void {
  const version1 = length === MLDV1_QUERY_BYTES;
  if (version1) return d.add(` max resp delay: ${d.u16(at + 4)} addr: ${ipv6Text(d, at + 8)}`);
  d.add(' v2');
  if (d.options.verbose > 0) {
    const code = d.u16(at + 4);
    const delayMs = code < 32768 ? code : ((code & 0x0fff) | 0x1000) * 2 ** (((code >> 12) & 7) + 3);
    d.add(` [max resp delay=${delayMs}]`);
  }
  d.add(` [gaddr ${ipv6Text(d, at + 8)}`);
  if (d.options.verbose > 0) {
    const sources = d.u16(at + 26);
    if (sources > 0) d.add(sourcesText(d, at + 28, sources));
  }
  d.add(']');
}

/** The rest of a version 2 report: its records in verbose mode. */
export function printMldReport(d: Dissector, at: number): void {
  const records = d.u16(at + 6);
  d.add(`, ${records} group record(s)`);
  if (d.options.verbose === 0) return;
  let record = at + 8;
  for (let i = 0; i < records; i++) {
    const type = d.u8(record);
    const sources = d.u16(record + 2);
    d.add(` [gaddr ${ipv6Text(d, record + 4)} ${RECORD_TYPES[type] || `[v2-report-#${type}]`}`);
    d.add(`${sourcesText(d, record + 20, sources)}]`);
    record += 20 + sources * 16 + d.u8(record + 1) * 4;
  }
}

function sourcesText(d: Dissector, at: number, count: number): string {
  if (d.options.verbose < 2) return `, ${count} source(s)`;
  let text = ' {';
  for (let i = 0; i < count; i++) text += ` ${ipv6Text(d, at + i * 16)}`;
  return `${text} }`;
}
