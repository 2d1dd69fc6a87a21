import type { Service } from '../../compose-file/schema/service.ts';

type Services = Readonly<Record<string, Service>>;

/** The services that one needs: by depends_on, links, and network_mode service:NAME (compose-go normalize.go). */
export function dependenciesOf(service: Service): string[] {
  const { networkMode, dependsOn, links } = service;
  const shared = networkMode?.startsWith('service:') ? [networkMode.slice('service:'.length)] : [];
  return [
    ...new Set([
      ...dependsOn.map(({ service: name }) => name),
      ...shared,
      ...links.map(({ target }) => target),
    ]),
  ];
}

/** Keys of the services, each behind those that it depends on, otherwise in the file's order. */
export function serviceOrder(services: Services): string[] {
  const order = new Set<string>();
  const visiting = new Set<string>();
  const visit = (key: string) => {
    if (!Object.hasOwn(services, key) || visiting.has(key)) return;
    visiting.add(key);
    dependenciesOf(services[key]!).forEach(visit);
    order.add(key);
  };
  Object.keys(services).forEach(visit);
  return [...order];
}

/**
 * The services in groups, each of which only needs those before it: what is done to a group's services is done at the
 * same time. A circle of dependencies is broken where it is entered.
 */
export function serviceWaves(services: Services): string[][] {
  const waves: string[][] = [];
  const depths = new Map<string, number>();
  const depthOf = (key: string, above: readonly string[]): number => {
    const known = depths.get(key);
    if (known !== undefined) return known;
    const needed = dependenciesOf(services[key]!).filter(
      (other) => Object.hasOwn(services, other) && !above.includes(other) && other !== key,
    );
    const depth = Math.max(0, ...needed.map((other) => depthOf(other, [...above, key]) + 1));
    depths.set(key, depth);
    return depth;
  };
  for (const key of Object.keys(services)) (waves[depthOf(key, [])] ??= []).push(key);
  return waves.filter((wave) => wave !== undefined);
}

/** A circle of dependencies, from one service back to it; null when there is none. */
export function dependencyCycle(services: Services): string[] | null {
  const done = new Set<string>();
  const search = (key: string, above: readonly string[]): string[] | null => {
    const at = above.indexOf(key);
    if (at >= 0) return [...above.slice(at), key];
    if (done.has(key) || !Object.hasOwn(services, key)) return null;
    for (const other of dependenciesOf(services[key]!)) {
      const found = search(other, [...above, key]);
      if (found !== null) return found;
    }
    done.add(key);
    return null;
  };
  for (const key of Object.keys(services)) {
    const found = search(key, []);
    if (found !== null) return found;
  }
  return null;
}
