import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { DnsPrinter } from './dns-records.ts';

const HEADER_BYTES = 12;
const OPCODES: readonly string[] = [
  ...['', ' inv_q', ' stat', ' op3', ' notify', ' update', ' op6', ' op7', ' op8', ' updateA', ' updateD'],
  ...[' updateDA', ' updateM', ' updateMA', ' zoneInit', ' zoneRef'],
];
const RESPONSES: readonly string[] = [
  ...['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet'],
  ...[' NotAuth', ' NotZone', ' Resp11', ' Resp12', ' Resp13', ' Resp14', ' Resp15'],
];
const QR = 0x8000;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const RA = 0x0080;
const AD = 0x0020;
const CD = 0x0010;
/** Bits that are odd in a query: AA, TC, RA, Z and the response code. */
const ODD_IN_QUERY = 0x06cf;
const INVERSE_QUERY = 1;

/** Prints a DNS message (RFC 1035) as tcpdump does: `47112+ A? a2. (20)`. */
export function printDns(d: Dissector, at: number, length: number, multicast: boolean): void {
  d.protocol = 'domain';
  if (length < HEADER_BYTES) return d.add(`domain [length ${length} < ${HEADER_BYTES}] (invalid)`);
  d.require(at, HEADER_BYTES);
  const flags = d.u16(at + 2);
  const printer = new DnsPrinter(d, at, multicast);
  const complete = flags & QR ? printResponse(d, at, flags, printer) : printQuery(d, at, flags, printer);
  if (!complete) return d.addTruncation();
  d.add(` (${length})`);
}

function printResponse(d: Dissector, at: number, flags: number, printer: DnsPrinter): boolean {
  d.add(`${d.u16(at)}${OPCODES[(flags >> 11) & 15]!}${RESPONSES[flags & 15]!}`);
  d.add(`${flags & AA ? '*' : ''}${flags & RA ? '' : '-'}${flags & TC ? '|' : ''}${flags & AD ? '$' : ''}`);
  const [questions, answers, authorities, additionals] = counts(d, at);
  if (questions !== 1) d.add(` [${questions}q]`);
  if (d.options.verbose > 1) {
    d.add(' q:');
    if (!printer.printQuestions(questions)) return false;
  } else if (!printer.skipQuestions(questions)) return false;
  d.add(` ${answers}/${authorities}/${additionals}`);
  if (!printer.printRecords(answers)) return false;
  if (d.options.verbose < 2) return true;
  return printSection(d, ' ns:', authorities, printer) && printSection(d, ' ar:', additionals, printer);
}

function printQuery(d: Dissector, at: number, flags: number, printer: DnsPrinter): boolean {
  const opcode = (flags >> 11) & 15;
  d.add(`${d.u16(at)}${OPCODES[opcode]!}${flags & RD ? '+' : ''}${flags & CD ? '%' : ''}`);
  if (flags & ODD_IN_QUERY) d.add(` [b2&3=0x${hex(flags)}]`);
  const [questions, answers, authorities, additionals] = counts(d, at);
  if (opcode === INVERSE_QUERY) {
    if (questions !== 0) d.add(` [${questions}q]`);
    if (answers !== 1) d.add(` [${answers}a]`);
  } else {
    if (answers !== 0) d.add(` [${answers}a]`);
    if (questions !== 1) d.add(` [${questions}q]`);
  }
  if (authorities !== 0) d.add(` [${authorities}n]`);
  if (additionals !== 0) d.add(` [${additionals}au]`);
  if (!printer.printQuestions(questions)) return false;
  if (d.options.verbose < 2) return true;
  return (
    printer.printRecords(answers) &&
    printSection(d, ' ns:', authorities, printer) &&
    printSection(d, ' ar:', additionals, printer)
  );
}

function printSection(d: Dissector, name: string, count: number, printer: DnsPrinter): boolean {
  if (count === 0) return true;
  d.add(name);
  return printer.printRecords(count);
}

function counts(d: Dissector, at: number): [number, number, number, number] {
  return [d.u16(at + 4), d.u16(at + 6), d.u16(at + 8), d.u16(at + 10)];
}
