import type { TopologyContainer, TopologyHost, TopologyLink, TopologyNetwork } from './topology.ts';

/** The lines of text of each thing, whatever draws it. */

export function hostLabel({ name, interfaces }: TopologyHost): string[] {
  return [name, ...interfaces.map((each) => [each.name, ...each.addresses].join(' '))];
}

export function networkLabel({ name, driver, device, subnets, internal }: TopologyNetwork): string[] {
  const kind = [internal ? 'internal' : '', driver, driver === 'bridge' ? device : ''];
  return [name, kind.filter((word) => word !== '').join(' '), ...subnets];
}

export function containerLabel({ name, mode, ports }: TopologyContainer): string[] {
  const inMode = mode === 'host' || mode === 'none' ? [`mode ${mode}`] : [];
  return [name, ...inMode, ...ports.map((port) => `publishes ${port}`)];
}

export function linkLabel({ name, quality }: TopologyLink): string[] {
  return quality === '' ? [name] : [name, quality];
}

/** What stands at the line between a network and its host: the gateway on a bridge, else the parent interface. */
export function uplinkLabel({ driver, device, gateways }: TopologyNetwork): string[] {
  if (driver === 'bridge') return [...gateways];
  return device === '' ? [] : [`parent ${device}`];
}
