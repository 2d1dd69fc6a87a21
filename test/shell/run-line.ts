import { Host } from '../../core/host/host.ts';
import type { Process, ProcessContext } from '../../core/host/process.ts';
import { EMPTY_INPUT, TextBuffer, TextInput } from '../../core/host/streams.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { createProgramRegistry } from '../../programs/registry.ts';
import { runShellLine } from '../../programs/shell/index.ts';
import { sh } from '../../programs/shell/sh.ts';

export interface LineResult {
  stdout: string;
  stderr: string;
  exit: number | null;
  /** When the line had ended, in simulated seconds. */
  seconds: number;
}

export interface LineOptions {
  userland?: 'busybox' | 'debian';
  files?: Readonly<Record<string, string>>;
  stdin?: string;
  /** Another shell than the one a person gets there. */
  name?: string;
  environment?: Readonly<Record<string, string>>;
  /** Simulated seconds after which what still runs is left running. */
  until?: number;
  /** Called when the line has been started. */
  started?: (process: Process, host: Host) => void;
}

/** A machine with nothing on it. */
export function bareHost(): Host {
  const sim = new Simulator(1);
  const pool = new PacketPool();
  return new Host('box', { sim, pool, programs: createProgramRegistry(), tracer: null, ciphers: null });
}

/** Runs one command line on a bare machine. */
export function runLine(line: string, options: LineOptions = {}): LineResult {
  const host = bareHost();
  for (const [path, text] of Object.entries(options.files ?? {})) host.fileSystem.writeText(path, text);
  const context: ProcessContext = {
    netns: host.initNamespace,
    fileSystem: host.fileSystem,
    uts: { hostname: 'box' },
    userland: options.userland ?? 'debian',
  };
  const stdout = new TextBuffer();
  const stderr = new TextBuffer();
  let endNs = NaN;
  const stdin = options.stdin === undefined ? EMPTY_INPUT : new TextInput(options.stdin);
  const rest = {
    environment: new Map(Object.entries(options.environment ?? {})),
    onExit: () => (endNs = host.nowNs()),
  };
  const streams = { stdin, stdout, stderr };
  const process =
    options.name === undefined
      ? runShellLine(host, context, line, streams, rest)
      : host.processes.spawn(sh, { context, argv: [options.name, '-c', line], ...streams, ...rest });
  options.started?.(process, host);
  host.sim.run((options.until ?? 3600) * 1e9);
  return { stdout: stdout.text, stderr: stderr.text, exit: process.exitCode, seconds: endNs / 1e9 };
}
