/** `--network` and what goes with it (docker/cli container/opts.go parseNetworkOpts, opts/network.go). */
import { NO_ENDPOINT_CONFIG, type EndpointConfig } from '../../../drivers/network/endpoint.ts';
import { isUserDefinedMode } from '../../../drivers/container/container-config.ts';
import { splitPair, type Flags } from '../flags.ts';
import { OptionError } from './option-error.ts';

export interface NetworkOptions {
  readonly networkMode: string;
  readonly networking: ReadonlyMap<string, EndpointConfig>;
}

interface Attachment {
  readonly target: string;
  readonly config: EndpointConfig;
}

export function networkOptions(flags: Flags): NetworkOptions {
  const attachments = flags.list('network', 'net').map(parseAttachment);
  const [first = { target: 'default', config: NO_ENDPOINT_CONFIG }, ...others] = attachments;
  const networking = new Map([[first.target, withContainerOptions(first, flags)]]);
  for (const { target, config } of others) {
    if (networking.has(target)) throw new OptionError(`network "${target}" is specified multiple times`);
    networking.set(target, config);
  }
  const userDefined = [...networking.keys()].filter(isUserDefinedMode);
  if (userDefined.length > 0 && userDefined.length < networking.size) {
    throw new OptionError(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
    );
  }
  return { networkMode: first.target, networking };
}

/** `NAME`, or `name=NAME,alias=A,ip=…,driver-opt=key=value`. */
function parseAttachment(text: string): Attachment {
  if (!/^[\w-]+=/.test(text)) return { target: text, config: NO_ENDPOINT_CONFIG };
  let target = '';
  let config = NO_ENDPOINT_CONFIG;
  for (const field of text.split(',')) {
    const [name, value] = splitPair(field.trim());
    if (name === 'name') target = value;
    else if (name === 'alias') config = { ...config, aliases: [...config.aliases, value] };
    else if (name === 'ip') config = { ...config, ipv4: value };
    else if (name === 'ip6') config = { ...config, ipv6: value };
    else if (name === 'mac-address') config = { ...config, macAddress: value };
    else if (name === 'link-local-ip') config = { ...config, linkLocalIps: [...config.linkLocalIps, value] };
    else if (name === 'gw-priority') config = { ...config, gatewayPriority: Number(value) };
    else if (name === 'driver-opt') {
      config = { ...config, driverOptions: new Map([...config.driverOptions, splitPair(value)]) };
    } else throw new OptionError(`invalid field ${name}`);
  }
  if (target === '') throw new OptionError('network name/id is not specified');
  return { target, config };
}

/** Options that stand by themselves are meant for the first network. */
function withContainerOptions({ target, config }: Attachment, flags: Flags): EndpointConfig {
  const aliases = flags.list('network-alias', 'net-alias');
  const links = isUserDefinedMode(target) ? flags.list('link') : [];
  if (config.aliases.length > 0 && aliases.length > 0) {
    throw new OptionError('conflicting options: cannot specify both --network-alias and per-network alias');
  }
  if (config.ipv4 !== '' && flags.has('ip')) {
    throw new OptionError('conflicting options: cannot specify both --ip and per-network IPv4 address');
  }
  if (config.ipv6 !== '' && flags.has('ip6')) {
    throw new OptionError('conflicting options: cannot specify both --ip6 and per-network IPv6 address');
  }
  return {
    ...config,
    aliases: [...config.aliases, ...aliases],
    links,
    ipv4: flags.string('ip', config.ipv4),
    ipv6: flags.string('ip6', config.ipv6),
    linkLocalIps: [...config.linkLocalIps, ...flags.list('link-local-ip')],
  };
}
