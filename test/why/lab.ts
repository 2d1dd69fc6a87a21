import { compileFilter } from '../../core/capture/filter/packet-filter.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import type { LifeStep, PacketLife } from '../../scenarios/why/life.ts';
import { whyScenario } from '../../scenarios/why/why-scenario.ts';

/** A host with Docker and a machine outside; `rest` adds networks, services and steps. */
export function oneHost(rest: string): string {
  return `
hosts:
  host1:
    interfaces: { eth0: { address: 192.168.99.109/24, gateway: 192.168.99.1 } }
    docker: {}
  outside: { interfaces: { eth0: { address: 192.168.99.1/24 } } }
links: { lan: { connects: [host1/eth0, outside/eth0], delay: 1ms } }
${rest}`;
}

/** The lives of the packets of a scenario that match a filter. */
export async function livesOf(text: string, filter: string): Promise<readonly PacketLife[]> {
  const scenario = loadScenario(text, { file: 'lab.yaml' });
  const selection = { filter: compileFilter(filter) };
  const answer = await whyScenario(scenario, { kind: 'selected', selection, limit: 100 });
  if (answer.kind !== 'packets') throw new Error('lives were asked for');
  return answer.packets;
}

/** Steps as `namespace: text`, without rules that do not decide anything. */
export function told(steps: readonly LifeStep[]): string[] {
  return steps
    .filter(({ kind, rule }) => kind !== 'matched' || / -j (?:DROP|DNAT|MASQUERADE)/.test(` ${rule!.text}`))
    .map(({ namespace, text }) => `${namespace}: ${text}`);
}
