import type { ScenarioService } from '../../load/scenario.ts';

/** Keys of the services, each behind those that it depends on, otherwise in the file's order. */
export function serviceOrder(services: Readonly<Record<string, ScenarioService>>): string[] {
  const order = new Set<string>();
  const visiting = new Set<string>();
  const visit = (key: string) => {
    const service = services[key];
    if (service === undefined || visiting.has(key)) return;
    visiting.add(key);
    const shared = service.networkMode?.startsWith('service:')
      ? [service.networkMode.slice('service:'.length)]
      : [];
    for (const other of [...service.dependsOn, ...shared, ...service.links.map(({ target }) => target)])
      visit(other);
    order.add(key);
  };
  for (const key of Object.keys(services)) visit(key);
  return [...order];
}
