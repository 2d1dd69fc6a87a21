import type { NamedProgram } from '../../programs/named-program.ts';
import { programs as http } from '../../programs/http/index.ts';
import { programs as iperf3 } from '../../programs/iperf3/index.ts';
import { programs as sockets } from '../../programs/sockets/index.ts';
import { programs as tcpdump } from '../../programs/tcpdump/index.ts';
import { programs as traceroute } from '../../programs/traceroute/index.ts';
import type { Lab } from '../programs/lab.ts';

const FAMILIES: readonly (readonly NamedProgram[])[] = [http, iperf3, sockets, tcpdump, traceroute];

/** Adds the HTTP and socket programs to a lab, whose own list is that of the basic tools. */
export function addWebPrograms(lab: Lab): void {
  for (const { names, program } of FAMILIES.flat()) {
    for (const name of names) lab.host.env.programs.register(name, program);
  }
}
