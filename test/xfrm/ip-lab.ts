import { parse } from 'shell-quote';
import { Host } from '../../core/host/host.ts';
import type { Process } from '../../core/host/process.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { ip } from '../../programs/ip/ip.ts';

/** One machine on which `ip` can be run. */
export class IpLab {
  readonly sim = new Simulator(1);
  readonly host: Host;

  constructor() {
    const env = {
      sim: this.sim,
      pool: new PacketPool(),
      programs: new ProgramRegistry(),
      tracer: null,
      ciphers: null,
    };
    this.host = new Host('host1', env);
    this.host.initNamespace.ipv4.setUp(this.host.initNamespace.loopback);
  }

  /** Starts `ip …`, words quoted as in a shell. */
  start(line: string): { process: Process; output: TextBuffer } {
    const output = new TextBuffer();
    const argv = parse(line.replaceAll("''", '""')).map((word) => (typeof word === 'string' ? word : ''));
    const { host } = this;
    const context = {
      netns: host.initNamespace,
      fileSystem: host.fileSystem,
      uts: { hostname: 'host1' },
      userland: 'debian' as const,
    };
    const process = host.processes.spawn(ip, {
      context,
      argv,
      stdin: EMPTY_INPUT,
      stdout: output,
      stderr: output,
    });
    this.wait(0);
    return { process, output };
  }

  /** What `ip …` prints, errors too. */
  run(line: string): string {
    return this.start(line).output.text;
  }

  wait(seconds: number): void {
    const untilNs = this.sim.nowNs + seconds * 1e9;
    this.sim.at(untilNs, () => {});
    this.sim.run(untilNs);
  }
}
