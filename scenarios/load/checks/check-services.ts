import { ipPrefixContains, parseIp, parseIpPrefix } from '../../../protocols/ip-address.ts';
import { suggestion } from '../../../programs/compose-file/suggest.ts';
import { dockerHosts, type Draft, type Report } from './draft.ts';

/** What services name exists: hosts, networks, other services; fixed addresses fit and are used once. */
export function checkServices(draft: Draft, report: Report): void {
  const withDocker = dockerHosts(draft);
  const addresses = new Map<string, string>();
  const containers = new Map<string, string>();
  for (const [key, service] of Object.entries(draft.services)) {
    const base = ['services', key];
    checkPlace(draft, key, withDocker, report);
    checkAttachments(draft, key, addresses, report);
    const known = Object.keys(draft.services).filter((other) => other !== key);
    for (const { service: dependency } of service.dependsOn) {
      if (known.includes(dependency)) continue;
      report(
        [...base, 'depends_on', dependency],
        `there is no other service "${dependency}"`,
        suggestion(dependency, known),
      );
    }
    service.links.forEach(({ target }, i) => {
      if (!known.includes(target))
        report([...base, 'links', i], `there is no other service "${target}"`, suggestion(target, known));
    });
    if (service.networkMode?.startsWith('service:') && !known.includes(service.networkMode.slice(8))) {
      const target = service.networkMode.slice(8);
      report([...base, 'network_mode'], `there is no other service "${target}"`, suggestion(target, known));
    }
    if (service.networkMode !== undefined && service.networks !== undefined) {
      report(
        [...base, 'network_mode'],
        'network_mode and networks exclude each other',
        'remove one of the two',
      );
    }
    if (service.containerName === undefined) continue;
    const other = containers.get(service.containerName);
    if (other !== undefined) {
      report(
        [...base, 'container_name'],
        `"${service.containerName}" is the container of "${other}" already`,
        'choose another',
      );
    }
    containers.set(service.containerName, key);
    if (service.scale > 1) {
      report(
        [...base, 'container_name'],
        `${service.scale} containers cannot have one name`,
        'remove container_name',
      );
    }
  }
}

function checkPlace(draft: Draft, key: string, withDocker: readonly string[], report: Report): void {
  const { host } = draft.services[key]!;
  const path = ['services', key];
  if (host !== undefined) {
    if (!Object.hasOwn(draft.hosts, host)) {
      report([...path, 'x-host'], `there is no host "${host}"`, suggestion(host, withDocker));
    } else if (!withDocker.includes(host)) {
      report([...path, 'x-host'], `${host} has no Docker`, `add docker: {} under hosts.${host}`);
    }
    return;
  }
  if (withDocker.length === 0) report(path, 'no host has Docker', 'add docker: {} to a host', 'key');
  if (withDocker.length > 1 && draft.swarm === undefined) {
    report(path, `on which host does "${key}" run?`, `add x-host: ${withDocker[0]}, or a swarm`, 'key');
  }
}

function checkAttachments(draft: Draft, key: string, taken: Map<string, string>, report: Report): void {
  const { networks } = draft.services[key]!;
  for (const [network, attachment] of Object.entries(networks ?? {})) {
    const path = ['services', key, 'networks', network];
    if (network !== 'default' && !Object.hasOwn(draft.networks, network)) {
      const known = Object.keys(draft.networks);
      const hint = suggestion(network, known) ?? `add it under networks`;
      report(path, `there is no network "${network}"`, hint, 'key');
      continue;
    }
    const definition = Object.hasOwn(draft.networks, network) ? draft.networks[network] : undefined;
    const subnets = (definition?.ipam ?? []).flatMap((config) =>
      config.subnet === undefined ? [] : [config.subnet],
    );
    for (const field of ['ipv4Address', 'ipv6Address'] as const) {
      const address = attachment[field];
      if (address === undefined || definition?.external) continue;
      const fieldPath = [...path, field === 'ipv4Address' ? 'ipv4_address' : 'ipv6_address'];
      if (!subnets.some((subnet) => ipPrefixContains(parseIpPrefix(subnet), parseIp(address)))) {
        const hint =
          subnets.length === 0 ? `give network "${network}" an ipam subnet` : `it has ${subnets.join(', ')}`;
        report(fieldPath, `${address} is in no subnet of network "${network}"`, hint);
      }
      const place = `${network} ${address}`;
      const other = taken.get(place);
      if (other !== undefined)
        report(fieldPath, `${address} is the address of "${other}" already`, 'give each its own address');
      taken.set(place, key);
    }
  }
}
