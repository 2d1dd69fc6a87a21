import { EMPTY_INPUT } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { spawnChild } from '../child-process.ts';
import type { NamedProgram } from '../named-program.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { runClient } from './client.ts';
import { IperfFailure } from './control.ts';
import { jsonError } from './json-report.ts';
import { runServer } from './server.ts';
import { readIperfSettings } from './settings.ts';

/**
 * iperf3 3.12: real control connection, cookies and parameters over TCP, data over TCP or UDP.
 * Not modelled: --bidir, -M, -O, -C, -k, -V, authentication, UDP over IPv6, CPU use.
 */
function* iperf3(proc: Process): ProgramRun {
  const settings = readIperfSettings(proc);
  if (typeof settings === 'number') return settings;
  if (settings.host === null && settings.daemon) {
    const argv = proc.argv.map((arg) =>
      arg === '--daemon' || arg === '-D' ? '-4' : arg.replace(/^-sD$/, '-s'),
    );
    spawnChild(proc, iperf3, argv, { stdin: EMPTY_INPUT, stdout: proc.stdout, stderr: proc.stderr });
    return 0;
  }
  try {
    if (settings.host === null) return yield* runServer(proc, settings);
    yield* runClient(proc, settings);
    return 0;
  } catch (error) {
    if (!(error instanceof IperfFailure) && !(error instanceof SocketError)) throw error;
    if (settings.json) proc.print(jsonError(error.message));
    else proc.printError(`iperf3: error - ${error.message}\n`);
    return 1;
  }
}

export const programs: NamedProgram[] = [{ names: ['iperf3'], program: iperf3 }];
