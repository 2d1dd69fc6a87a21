/**
 * A Compose service as the docker commands that start it as a container: created on its first network, connected
 * to the others, started. Not modelled: link-local addresses, driver options of one endpoint; both are refused.
 */
import { splitWords } from '../../../core/netfilter/text/iptables-restore.ts';
import { FormatError } from '../../../programs/compose-file/schema/format-error.ts';
import type { Network } from '../../../programs/compose-file/schema/network.ts';
import type { PortMapping } from '../../../programs/compose-file/schema/ports.ts';
import type {
  ComposeCommand,
  NetworkAttachment,
  Service,
} from '../../../programs/compose-file/schema/service.ts';
import { networkName } from './network-command.ts';
import { shellLine } from './shell-word.ts';

/** The image when a service names none: it is the program set that matters. */
const DEFAULT_IMAGE = 'alpine';

/** Containers of a service: the service's own name, or `name-1`, `name-2` … when there are several. */
export function containerNames(key: string, service: Service): string[] {
  const name = service.containerName ?? key;
  if (service.scale === 1) return [name];
  return Array.from({ length: service.scale }, (_, i) => `${name}-${i + 1}`);
}

/** Throws a FormatError for what cannot be done. */
export function serviceCommands(
  key: string,
  service: Service,
  networks: Readonly<Record<string, Network>>,
): string[] {
  const attachments = Object.entries(service.networks ?? {}).sort(([, a], [, b]) => b.priority - a.priority);
  const nameOf = (network: string) =>
    networks[network] === undefined ? network : networkName(network, networks[network]);
  return containerNames(key, service).flatMap((container) => {
    const [first, ...rest] = attachments;
    const create = ['docker', 'create', '--name', container, ...options(service)];
    if (first !== undefined)
      create.push('--network', nameOf(first[0]), ...attachmentOptions('--network-alias', key, first[1]));
    else if (service.networkMode !== undefined) create.push('--network', networkMode(service.networkMode));
    const entrypoint = words(service.entrypoint);
    if (entrypoint.length > 0) create.push('--entrypoint', entrypoint[0]!);
    create.push(service.image || DEFAULT_IMAGE, ...entrypoint.slice(1), ...words(service.command));
    return [
      shellLine(create),
      ...rest.map(([network, attachment]) =>
        shellLine([
          ...['docker', 'network', 'connect'],
          ...attachmentOptions('--alias', key, attachment),
          ...[nameOf(network), container],
        ]),
      ),
      shellLine(['docker', 'start', container]),
    ];
  });
}

/** A text is split by the shell's rules; a list is taken word by word. */
function words(command: ComposeCommand): readonly string[] {
  if (command === null) return [];
  return typeof command === 'string' ? splitWords(command) : command;
}

function networkMode(mode: string): string {
  return mode.startsWith('service:') ? `container:${mode.slice('service:'.length)}` : mode;
}

function attachmentOptions(aliasOption: string, key: string, attachment: NetworkAttachment): string[] {
  if (attachment.linkLocalIps.length > 0)
    throw new FormatError('link_local_ips are not modelled', 'leave them out');
  if (Object.keys(attachment.driverOpts).length > 0) {
    throw new FormatError('driver_opts of one endpoint are not modelled', 'leave them out');
  }
  if (attachment.macAddress !== undefined) {
    throw new FormatError('mac_address of one network is not modelled', "use the service's own mac_address");
  }
  const list = [...new Set([key, ...attachment.aliases])].flatMap((alias) => [aliasOption, alias]);
  if (attachment.ipv4Address !== undefined) list.push('--ip', attachment.ipv4Address);
  if (attachment.ipv6Address !== undefined) list.push('--ip6', attachment.ipv6Address);
  return list;
}

function options(service: Service): string[] {
  const list: string[] = [];
  const each = (option: string, values: readonly string[]) => {
    for (const value of values) list.push(option, value);
  };
  const pairs = (option: string, values: Readonly<Record<string, string | null>>) => {
    for (const [name, value] of Object.entries(values))
      list.push(option, value === null ? name : `${name}=${value}`);
  };
  if (service.hostname !== undefined) list.push('--hostname', service.hostname);
  if (service.domainname !== undefined) list.push('--domainname', service.domainname);
  if (service.macAddress !== undefined) list.push('--mac-address', service.macAddress);
  if (service.privileged) list.push('--privileged');
  pairs('--env', service.environment);
  pairs('--label', service.labels);
  pairs('--sysctl', service.sysctls);
  each('--cap-add', service.capAdd);
  each('--expose', service.expose);
  each('--publish', service.ports.map(publishText));
  each('--dns', service.dns);
  each('--dns-search', service.dnsSearch);
  each('--dns-option', service.dnsOpt);
  each(
    '--add-host',
    service.extraHosts.map(({ host, address }) => `${host}:${address}`),
  );
  const links = [...service.links, ...service.externalLinks];
  each(
    '--link',
    links.map(({ target, alias }) => (alias === undefined ? target : `${target}:${alias}`)),
  );
  return list;
}

function publishText({ hostIp, published, target, protocol }: PortMapping): string {
  const address = hostIp === undefined ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`;
  const ports = published === undefined ? '' : publishedText(published);
  return `${address}${ports}${address === '' && ports === '' ? '' : ':'}${target}/${protocol}`;
}

function publishedText({ first, last }: { readonly first: number; readonly last: number }): string {
  return first === last ? String(first) : `${first}-${last}`;
}
