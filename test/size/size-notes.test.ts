import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';

const overlay = (linkMtu: number, options: string, steps: string) => `name: sizes
hosts:
  host1: { interfaces: { eth0: { address: 192.168.99.109/24 } }, docker: {} }
  host2: { interfaces: { eth0: { address: 192.168.99.110/24 } }, docker: {} }
links: { wire: { connects: [host1/eth0, host2/eth0], mtu: ${linkMtu} } }
swarm: { managers: [host1], workers: [host2] }
networks: { ov: { driver: overlay, attachable: true, driver_opts: { ${options} } } }
services:
  c1: { image: nicolaka/netshoot, command: sleep 1d, networks: [ov], x-host: host1 }
  c2: { image: nicolaka/netshoot, command: sleep 1d, networks: [ov], x-host: host2 }
steps:
  - wait 20s
${steps}`;

interface SizeSummary {
  device: string;
  outcome: string;
  packets: number;
  mtu: number;
  shortest: number;
  longest: number;
  layers: { name: string; bytes: number }[];
  largestInner: number | null;
}

async function run(text: string) {
  const { folder, file } = scenarioFolder(text);
  const out = join(folder, 'out');
  const { err, out: transcript } = await runCli(['run', file, '--out', out]);
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    mtu: SizeSummary[];
    notes: string[];
  };
  return { err, transcript, ...summary };
}

describe('a packet that is too long for an underlay of 1400 bytes', () => {
  it('names VXLAN and ESP with their bytes, and the size that would have fitted', async () => {
    const steps = `  - c1$ ping -c 1 -M dont -s 1396 c2
  - c1$ ping -c 1 -M do -s 1296 c2
  - c1$ ping -c 1 -M do -s 1297 c2
`;
    const { mtu, notes, err } = await run(overlay(1400, 'encrypted: ""', steps));
    const note = notes.find((text) => text.startsWith('host1/eth0: '))!;
    expect(note).toBe(
      'host1/eth0: 2 packets of 1404 to 1500 bytes fragmented, too long for the MTU of 1400, the first: ' +
        'inner packet 1424 + VXLAN 50 (Ethernet 14, VXLAN 8, UDP 8, IPv4 20) + ' +
        'ESP 26 (ESP header 8, ESP IV 8, ESP trailer 2, ESP ICV 8) + ESP padding 0 = 1500 > 1400; ' +
        'the largest inner packet that fits is 1324 ' +
        '(for a Docker overlay: driver option com.docker.network.driver.mtu=1400)',
    );
    expect(err).toContain(`note: ${note}\n`);
    const entry = mtu.find((each) => each.device === 'host1/eth0')!;
    expect(entry).toMatchObject({ outcome: 'fragmented', packets: 2, mtu: 1400, largestInner: 1324 });
    expect(entry.layers.map(({ name, bytes }) => `${name} ${bytes}`)).toEqual([
      'IPv4 20',
      'ESP header 8',
      'ESP IV 8',
      'UDP 8',
      'VXLAN 8',
      'Ethernet 14',
      'IPv4 20',
      'ICMP 8',
      'payload 1396',
      'ESP padding 0',
      'ESP trailer 2',
      'ESP ICV 8',
    ]);
  });

  it('is dropped with the same sum when it must not be fragmented and the tunnel knows', async () => {
    const steps = `  - host1$ ip route change 192.168.99.0/24 dev eth0 src 192.168.99.109 mtu 1400
  - c1$ ping -c 1 -M do -s 1400 c2
`;
    const { mtu, notes } = await run(overlay(1500, '', steps));
    expect(mtu[0]).toMatchObject({
      device: 'host1/eth0',
      outcome: 'dropped',
      packets: 1,
      largestInner: 1350,
    });
    expect(notes[0]).toBe(
      'host1/eth0: 1 packet dropped, too long for the MTU of 1400: ' +
        'inner packet 1428 + VXLAN 50 (Ethernet 14, VXLAN 8, UDP 8, IPv4 20) = 1478 > 1400; ' +
        'the largest inner packet that fits is 1350 ' +
        '(for a Docker overlay: driver option com.docker.network.driver.mtu=1400)',
    );
  });

  it('says nothing when everything fits', async () => {
    const { mtu, notes } = await run(overlay(1500, 'encrypted: ""', '  - c1$ ping -c 1 -M do -s 1396 c2\n'));
    expect(mtu).toEqual([]);
    expect(notes).toEqual([]);
  });
});

it('a datagram of a plain machine: headers from the inside out, and a router that may not fragment', async () => {
  const { notes, transcript } = await run(`name: plain
hosts:
  a: { interfaces: { eth0: { address: 10.0.0.1/24, gateway: 10.0.0.2 } } }
  r:
    interfaces: { eth0: { address: 10.0.0.2/24 }, eth1: { address: 10.0.1.2/24, mtu: 1300 } }
    sysctls: { net.ipv4.ip_forward: 1 }
  b: { interfaces: { eth0: { address: 10.0.1.1/24, mtu: 1300, gateway: 10.0.1.2 } } }
links: { left: { connects: [a/eth0, r/eth0] }, right: { connects: [r/eth1, b/eth0] } }
steps:
  - a$ ping -c 1 -s 2000 10.0.1.1
  - a$ ping -c 1 -M do -s 1400 10.0.1.1
`);
  expect(transcript).toContain('Frag needed');
  expect(notes).toContain(
    'a/eth0: 1 packet fragmented, too long for the MTU of 1500: payload 2000 + ICMP 8 + IPv4 20 = 2028 > 1500',
  );
  expect(notes).toContain(
    'r/eth1: 1 packet dropped, too long for the MTU of 1300: payload 1400 + ICMP 8 + IPv4 20 = 1428 > 1300',
  );
});
