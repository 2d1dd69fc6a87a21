import { describe, expect, it } from 'vitest';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { load, placesOf } from '../scenarios/load.ts';

/** host1 and outside, and a macvlan on host1 that pings outside. */
function scenario(card: string, link: string): string {
  return `
hosts:
  host1: { interfaces: { eth0: { address: 192.168.99.109/24${card} } } }
  outside: { interfaces: { eth0: { address: 192.168.99.1/24 } } }
links:
  lan: { connects: [host1/eth0, outside/eth0]${link} }
steps:
  - host1$ ip netns add m1; ip link add mv link eth0 type macvlan mode bridge; ip link set mv netns m1
  - host1$ ip -n m1 addr add 192.168.99.192/24 dev mv; ip -n m1 link set mv up
  - host1$ ip netns exec m1 ping -c 1 -W 1 192.168.99.1
  - host1$ ping -c 1 -W 1 192.168.99.1
`;
}

async function run(text: string): Promise<{ received: string[]; notes: unknown }> {
  const { transcript, summary } = await runScenario(load(text), {});
  return {
    received: [...transcript.matchAll(/(\d) received/g)].map((match) => match[1]!),
    notes: summary['notes'],
  };
}

describe('cards and switches that refuse foreign MACs', () => {
  it('an ordinary link carries macvlan and leaves nothing to note', async () => {
    expect(await run(scenario('', ''))).toEqual({ received: ['1', '1'], notes: [] });
  });

  it('a card that may not be promiscuous drops what is for the macvlan, and the run says so', async () => {
    const { received, notes } = await run(scenario(', promiscuous: false', ''));
    expect(received).toEqual(['0', '1']);
    expect(notes).toEqual([
      expect.stringMatching(/^host1: \d frames? for other MAC addresses dropped by a card/),
    ]);
  });

  it('a switch that knows its cards drops what is from the macvlan, and the run says so', async () => {
    const { received, notes } = await run(scenario('', ', foreign_macs: refuse'));
    expect(received).toEqual(['0', '1']);
    expect(notes).toEqual([
      expect.stringMatching(/^host1: \d frames? from MAC addresses other than its cards' dropped/),
    ]);
  });
});

describe('the keys of a link', () => {
  it('make a switch of two ends', () => {
    expect(load(scenario('', '')).links['lan']).toMatchObject({ kind: 'cable', reflective: false });
    expect(load(scenario('', ', reflective: true')).links['lan']).toMatchObject({
      kind: 'switch',
      reflective: true,
    });
    expect(load(scenario('', ', foreign_macs: refuse')).links['lan']).toMatchObject({
      kind: 'switch',
      refusesForeignMacs: true,
    });
    expect(placesOf(scenario('', ', foreign_macs: drop')).length).toBe(1);
  });
});
