import type { Process } from '../../../core/host/process.ts';
import { isIpv4Text, parseIpv4 } from '../../../protocols/ipv4-address.ts';
import { parseArguments } from '../../arguments.ts';
import { absolutePath } from '../../files.ts';
import { notModelled } from '../../not-modelled.ts';

export interface HttpdSettings {
  foreground: boolean;
  verbosity: number;
  /** `any` without an address in -p: both families. */
  address: number | 'any';
  port: number;
  home: string;
}

const USAGE = `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.

Usage: httpd [-ifv[v]] [-c CONFFILE] [-p [IP:]PORT] [-u USER[:GRP]] [-r REALM] [-h HOME]
or httpd -d/-e/-m STRING
`;

/** The command line of busybox httpd; an exit code when it is wrong or asks for what is not modelled. */
export function readHttpdSettings(proc: Process): HttpdSettings | number {
  const args = parseArguments(proc, { short: 'c:d:h:e:r:m:u:p:ifv', usage: USAGE });
  if (args === null) return 1;
  for (const option of ['c', 'd', 'e', 'm', 'r', 'i']) {
    if (args.has(option)) return notModelled(proc, `httpd -${option}`);
  }
  const [, address, port] = /^(?:(.*):)?(\d+)$/.exec(args.value('p') ?? '80') ?? [];
  if (port === undefined || (address !== undefined && !isIpv4Text(address))) {
    proc.printError(`httpd: bad address '${args.value('p')}'\n`);
    return 1;
  }
  return {
    foreground: args.has('f'),
    verbosity: args.values('v').length,
    address: address === undefined ? 'any' : parseIpv4(address),
    port: Number(port),
    home: absolutePath(proc, args.value('h') ?? '.'),
  };
}
