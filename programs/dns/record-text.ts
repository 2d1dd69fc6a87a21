import { dnsTypeName, type DnsRecord } from '../../protocols/dns/index.ts';
import { formatIp } from '../../protocols/ip-address.ts';

/** A name as it is written in full, with its last dot. */
export function absoluteName(name: string): string {
  return name === '' ? '.' : name.endsWith('.') ? name : `${name}.`;
}

/** RDATA as master files have it. */
export function dataText({ data }: DnsRecord): string {
  switch (data.kind) {
    case 'A':
    case 'AAAA':
      return formatIp(data.address);
    case 'name':
      return absoluteName(data.name);
    case 'MX':
      return `${data.preference} ${absoluteName(data.exchange)}`;
    case 'TXT':
      return data.strings.map((text) => `"${String.fromCharCode(...text)}"`).join(' ');
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${absoluteName(data.target)}`;
    case 'SOA':
      return (
        `${absoluteName(data.mname)} ${absoluteName(data.rname)} ${data.serial} ${data.refresh} ${data.retry} ` +
        `${data.expire} ${data.minimum}`
      );
    case 'OPT':
      return '';
    case 'raw':
      return `\\# ${data.bytes.length} ${hexText(data.bytes)}`;
  }
}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Tabs up to a column, or one space when it has been passed (indent in lib/dns/masterdump.c). */
function indentTo(line: string, column: number): string {
  let at = 0;
  for (const character of line) at = character === '\t' ? (at & ~7) + 8 : at + 1;
  if (at >= column) return `${line} `;
  return line + '\t'.repeat(Math.ceil((column - at) / 8));
}

/** `a2.			600	IN	A	172.18.0.3`: the columns of dig's style. */
export function recordLine(record: DnsRecord): string {
  let line = indentTo(absoluteName(record.name), 24);
  line = indentTo(`${line}${record.ttl}`, 32);
  line = indentTo(`${line}IN`, 40);
  line = indentTo(`${line}${dnsTypeName(record.type)}`, 48);
  return `${line}${dataText(record)}\n`;
}

/** `;a2.				IN	A`. */
export function questionLine(name: string, type: number): string {
  return `;${indentTo(`${indentTo(absoluteName(name), 32)}IN`, 40)}${dnsTypeName(type)}\n`;
}
