import type { NetDevice } from '../../core/device/net-device.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { NUD_NOARP, NUD_PERMANENT, NUD_VALID, type Neighbour } from '../../core/namespace/neighbour.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { parseArguments, toolName } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { resolveAddress, resolveIpv4 } from '../resolver/resolve.ts';

const USAGE = `Usage: arp [-an] [-i IF] [HOSTNAME]
       arp -d HOSTNAME [-i IF]
       arp -s HOSTNAME HWADDR [-i IF]
`;

/** arp of net-tools and of busybox. Not modelled: published entries, -f, other hardware types. */
export function* arp(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'aenvdsi:H:t:A:D', usage: USAGE });
  if (args === null) return 1;
  const name = args.value('i');
  const dev = name === undefined ? null : proc.netns.device(name);
  if (dev === undefined) {
    proc.printError(`${name}: unknown interface: No such device\n`);
    return 1;
  }
  const changes = args.has('d') || args.has('s');
  if (changes && proc.context.netAdmin === false) {
    proc.printError(`${toolName(proc)}: SIOC${args.has('d') ? 'D' : 'S'}ARP: Operation not permitted\n`);
    return 1;
  }
  const [host, mac] = args.operands;
  if (changes && host === undefined) {
    proc.printError(`${toolName(proc)}: need host name\n`);
    return 1;
  }
  const address = host === undefined ? null : yield* resolveIpv4(proc, host);
  if (host !== undefined && address === null) {
    proc.printError(`${host}: Unknown host\n`);
    return 1;
  }
  if (args.has('d')) return deleteEntry(proc, dev, host!, address!);
  if (args.has('s')) return setEntry(proc, dev, address!, mac);
  const bsd = args.has('a') || proc.context.userland === 'busybox';
  return yield* list(proc, { dev, address, numeric: args.has('n'), bsd }, host);
}

interface ListOptions {
  dev: NetDevice | null;
  address: number | null;
  numeric: boolean;
  /** One sentence an entry, as -a prints; else a table. */
  bsd: boolean;
}

function entries(proc: Process, { dev, address }: Pick<ListOptions, 'dev' | 'address'>): Neighbour[] {
  return proc.netns.devices
    .filter((each) => dev === null || each === dev)
    .flatMap((each) => [...each.arpTable.values()])
    .filter(({ state }) => state !== 0 && state !== NUD_NOARP)
    .filter((entry) => address === null || entry.address === address);
}

function* list(proc: Process, options: ListOptions, host: string | undefined): Run<number> {
  const found = entries(proc, options);
  if (found.length === 0 && host !== undefined) {
    proc.print(`${host} (${formatIpv4(options.address!)}) -- no entry\n`);
    return 1;
  }
  if (!options.bsd && found.length > 0) {
    proc.print('Address                  HWtype  HWaddress           Flags Mask            Iface\n');
  }
  for (const entry of found) {
    const name = options.numeric ? null : yield* resolveAddress(proc, entry.address);
    proc.print(options.bsd ? sentence(proc, entry, name) : tableRow(entry, name));
  }
  return 0;
}

function sentence(proc: Process, entry: Neighbour, name: string | null): string {
  const valid = (entry.state & NUD_VALID) !== 0;
  const mac = valid ? `${formatMac(entry.lladdr)} [ether] ` : '<incomplete> ';
  const permanent = entry.state === NUD_PERMANENT ? 'PERM ' : '';
  // busybox leaves room for a mask.
  const gap = proc.context.userland === 'busybox' ? ' ' : '';
  return `${name ?? '?'} (${formatIpv4(entry.address as number)}) at ${mac}${permanent}${gap}on ${entry.dev.name}\n`;
}

function tableRow(entry: Neighbour, name: string | null): string {
  const label = (name ?? formatIpv4(entry.address as number)).slice(0, 23).padEnd(23);
  if ((entry.state & NUD_VALID) === 0) {
    return `${label}          (incomplete)                              ${entry.dev.name}\n`;
  }
  const flags = entry.state === NUD_PERMANENT ? 'CM' : 'C';
  const mac = formatMac(entry.lladdr);
  return `${label}  ${'ether'.padEnd(8)}${mac.padEnd(20)}${flags.padEnd(6)}${' '.repeat(15)} ${entry.dev.name}\n`;
}

function deleteEntry(proc: Process, dev: NetDevice | null, host: string, address: number): number {
  const found = entries(proc, { dev, address });
  if (found.length === 0) {
    proc.printError(`No ARP entry for ${host}\n`);
    return 255;
  }
  for (const entry of found) proc.netns.ipv4.arp.flush(entry.dev, (each) => each === entry);
  return 0;
}

function setEntry(proc: Process, dev: NetDevice | null, address: number, text: string | undefined): number {
  if (text === undefined) {
    proc.printError(`${toolName(proc)}: need hardware address\n`);
    return 1;
  }
  let mac: Uint8Array;
  try {
    mac = parseMac(text);
  } catch {
    proc.printError(`${toolName(proc)}: invalid hardware address\n`);
    return 1;
  }
  const out = dev ?? proc.netns.ipv4.fib.lookup(address)?.dev ?? null;
  if (out === null) {
    proc.printError('SIOCSARP: Network is unreachable\n');
    return 255;
  }
  proc.netns.ipv4.arp.neighbour(out, address).setPermanent(mac);
  return 0;
}
