import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoldenRun } from './golden.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

/** The IPv6 packets of one capture: all recorded ones, and those that only one side has. */
export interface Ipv6Comparison {
  name: string;
  recorded: string[];
  onlyRecorded: string[];
  onlyRun: string[];
}

/**
 * Recorded packets without a twin, by capture. Their cause lies before the capture: a router solicitation whose
 * interface came up earlier, and whose time is the kernel's random choice (RFC 7559: each wait 1.9 to 2.1 times the
 * one before). Here it fell outside the few seconds captured.
 */
const CAUSED_EARLIER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '01-bridge-default': {},
  '02-bridge-user': {},
  '06-macvlan': {
    'vlan50-host-eth0': "the outside's eth0.50 or the host's, made half a minute before the capture",
    'vlan50-host-eth0.50': 'the same packet, seen without its tag',
    'vlan50-outside-eth0': 'the same packet, seen at the other end of the cable',
  },
};

/** The captures with recorded packets that have no twin in the run, and those that should be so. */
export function ipv6WithoutTwin(name: string, captures: readonly Ipv6Comparison[]): [string[], string[]] {
  const missing = captures.flatMap((capture) =>
    capture.onlyRecorded.map((packet) =>
      isRouterSolicitation(packet) ? capture.name : `${capture.name}: ${packet}`,
    ),
  );
  return [missing.sort(), Object.keys(CAUSED_EARLIER[name]!).sort()];
}

/** Packets of the run that the recording lacks, but for router solicitations, whose times are drawn. */
export function ipv6Extra(captures: readonly Ipv6Comparison[]): string[] {
  return captures.flatMap(({ name, onlyRun }) =>
    onlyRun.filter((packet) => !isRouterSolicitation(packet)).map((packet) => `${name}: ${packet}`),
  );
}

export function compareIpv6(name: string, run: GoldenRun): Ipv6Comparison[] {
  const tool = join(HERE, 'tools', 'ipv6.py');
  const done = spawnSync('python3', [tool, join(HERE, name, 'recorded'), join(run.folder, 'captures')], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`ipv6.py: ${done.stderr}`);
  return JSON.parse(done.stdout) as Ipv6Comparison[];
}

function isRouterSolicitation(packet: string): boolean {
  return packet.includes('> ff02::2, hlim 255') && packet.includes('icmpv6 type 133,');
}
