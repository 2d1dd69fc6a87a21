import { expect, test } from 'vitest';
import { replay } from './golden.ts';
import { compareIpv6, ipv6Extra, ipv6WithoutTwin } from './ipv6.ts';

/** Recordings with IPv6 packets, and how many; 06 is compared where it is replayed (macvlan.test.ts). */
const RECORDINGS: readonly { name: string; recorded: number }[] = [
  { name: '01-bridge-default', recorded: 6 },
  { name: '02-bridge-user', recorded: 5 },
];

test.each(RECORDINGS)(
  'recording $name: every IPv6 packet has its twin, but for those caused before the capture',
  async ({ name, recorded }) => {
    const run = await replay(name);
    try {
      const captures = compareIpv6(name, run);
      expect(captures.flatMap((capture) => capture.recorded)).toHaveLength(recorded);
      const [missing, allowed] = ipv6WithoutTwin(name, captures);
      expect(missing).toEqual(allowed);
      expect(ipv6Extra(captures)).toEqual([]);
    } finally {
      run.dispose();
    }
  },
  120_000,
);
