import { Host } from '../../core/host/host.ts';
import type { ProcessContext } from '../../core/host/process.ts';
import { CallbackOutput, EMPTY_INPUT, type InputStream } from '../../core/host/streams.ts';
import { mountProc } from '../../core/proc/mount-proc.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import type { DaemonJson } from '../../drivers/engine/daemon-config.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import { createEngine } from '../../drivers/engine/engine-registry.ts';
import { createProgramRegistry } from '../../programs/registry.ts';
import { runShellLine } from '../../programs/shell/run-shell-line.ts';

export interface CommandResult {
  /** Standard output and error as they came. */
  text: string;
  stdout: string;
  stderr: string;
  code: number;
}

export interface DockerLabOptions {
  release?: string;
  daemon?: DaemonJson;
  seed?: number;
  ipv6?: boolean;
  /** Run before the daemon starts. */
  before?: readonly string[];
}

/** A machine with Docker, on which commands are run as a person would. */
export class DockerLab {
  readonly sim: Simulator;
  readonly pool = new PacketPool();
  readonly host: Host;
  readonly engine: Engine;

  constructor(options: DockerLabOptions = {}) {
    this.sim = new Simulator(options.seed ?? 1);
    this.host = new Host('host1', {
      sim: this.sim,
      pool: this.pool,
      programs: createProgramRegistry(),
      tracer: null,
      ciphers: null,
    });
    if (options.ipv6 === true) this.host.loadIpv6();
    this.host.initNamespace.ipv4.setUp(this.host.initNamespace.loopback);
    mountProc(this.host.fileSystem, this.host, this.host.initNamespace);
    this.host.fileSystem.writeText('/etc/resolv.conf', 'nameserver 192.168.99.1\n');
    for (const line of options.before ?? []) this.out(line);
    this.engine = createEngine(this.host, options.daemon ?? {}, {
      release: parseEngineRelease(options.release ?? '20.10'),
    });
  }

  get context(): ProcessContext {
    const { host } = this;
    return { netns: host.initNamespace, fileSystem: host.fileSystem, uts: host, userland: 'debian' };
  }

  /** Runs a line until it has ended; null when it does not end before `untilNs`. */
  tryRun(line: string, stdin: InputStream = EMPTY_INPUT, untilNs = Infinity): CommandResult | null {
    const result = { text: '', stdout: '', stderr: '', code: -1 };
    let ended = false;
    const output = (stream: 'stdout' | 'stderr') =>
      new CallbackOutput((text) => {
        result.text += text;
        result[stream] += text;
      });
    runShellLine(
      this.host,
      this.context,
      line,
      { stdin, stdout: output('stdout'), stderr: output('stderr') },
      {
        onExit: (process) => {
          ended = true;
          result.code = process.exitCode ?? 0;
          this.sim.stop();
        },
      },
    );
    this.sim.run(untilNs);
    return ended ? result : null;
  }

  run(line: string, stdin: InputStream = EMPTY_INPUT): CommandResult {
    const result = this.tryRun(line, stdin);
    if (result === null) throw new Error(`does not end: ${line}`);
    return result;
  }

  /** What a line prints on standard output; throws when it fails. */
  out(line: string): string {
    const { stdout, text, code } = this.run(line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${text}`);
    return stdout;
  }

  /** Lets time pass. */
  wait(seconds: number): void {
    const untilNs = this.sim.nowNs + seconds * 1e9;
    this.sim.at(untilNs, () => this.sim.stop());
    this.sim.run(untilNs);
  }
}

/**
 * The recordings' network: a namespace `outside` behind eth0, with a name server and echoes, and `far` behind it. The
 * commands are the recorder's.
 */
export const OUTSIDE: readonly string[] = [
  'ip netns add outside; ip netns add far',
  'ip link add eth0 address 02:00:c0:a8:63:6d type veth peer name eth0 netns outside address 02:00:c0:a8:63:01',
  'ip addr add 192.168.99.109/24 dev eth0; ip link set eth0 up; ip route add default via 192.168.99.1',
  'ip -n outside link set lo up; ip -n outside addr add 192.168.99.1/24 dev eth0; ip -n outside link set eth0 up',
  'ip -n outside link add eth1 type veth peer name eth0 netns far; ip -n outside addr add 198.51.100.1/24 dev eth1; ip -n outside link set eth1 up',
  'ip -n far link set lo up; ip -n far addr add 198.51.100.2/24 dev eth0; ip -n far link set eth0 up; ip -n far route add default via 198.51.100.1',
  'ip netns exec outside sysctl -qw net.ipv4.ip_forward=1',
  'ip netns exec outside dnsd.py & ip netns exec outside udpecho.py 9000 & ip netns exec outside tcpecho.py 9001 &',
  'ip netns exec far udpecho.py 9000 & ip netns exec far tcpecho.py 9001 &',
];
