/** `--publish` of services, short and long (docker/cli opts/port.go). */
import type { PortProtocol } from '../../../drivers/ports/port-request.ts';
import { parsePortKey } from '../../../drivers/ports/port-request.ts';
import type { PortConfig } from '../../../drivers/swarm/services/service-spec.ts';
import { CliError } from '../cli-error.ts';
import { OptionError } from '../container/option-error.ts';
import { parsePublishOptions } from '../container/port-options.ts';
import { splitPair } from '../flags.ts';

export function servicePorts(texts: readonly string[]): PortConfig[] {
  return texts.flatMap((text) => (/^[a-z_]+=/.test(text) ? [longForm(text)] : shortForm(text)));
}

function longForm(text: string): PortConfig {
  let port: PortConfig = {
    name: '',
    protocol: 'tcp',
    targetPort: 0,
    publishedPort: 0,
    publishMode: 'ingress',
  };
  for (const [key, value] of text.split(',').map(splitPair)) {
    switch (key.toLowerCase()) {
      case 'protocol':
        if (!['tcp', 'udp', 'sctp'].includes(value)) throw invalid(text, `invalid protocol value ${value}`);
        port = { ...port, protocol: value as PortProtocol };
        break;
      case 'mode':
        if (value !== 'ingress' && value !== 'host')
          throw invalid(text, `invalid publish mode value ${value}`);
        port = { ...port, publishMode: value };
        break;
      case 'target':
        port = { ...port, targetPort: portNumber(text, value) };
        break;
      case 'published':
        port = { ...port, publishedPort: portNumber(text, value) };
        break;
      default:
        throw invalid(text, `invalid field key ${key}`);
    }
  }
  if (port.targetPort === 0) throw invalid(text, `missing mandatory field "target"`);
  return port;
}

function shortForm(text: string): PortConfig[] {
  let bindings;
  try {
    bindings = parsePublishOptions([text]);
  } catch (error) {
    if (error instanceof OptionError) throw invalid(text, error.message);
    throw error;
  }
  return [...bindings].flatMap(([key, all]) =>
    all.map(({ hostIp, hostPort }): PortConfig => {
      if (hostIp !== '') throw invalid(text, 'hostip is not supported');
      const { port, protocol } = parsePortKey(key);
      return {
        name: '',
        protocol,
        targetPort: port,
        publishedPort: hostPort === '' ? 0 : portNumber(text, hostPort),
        publishMode: 'ingress',
      };
    }),
  );
}

function portNumber(text: string, value: string): number {
  if (/^\d+$/.test(value) && Number(value) <= 65535) return Number(value);
  throw invalid(text, `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function invalid(text: string, reason: string): CliError {
  return new CliError(
    `invalid argument ${JSON.stringify(text)} for "-p, --publish" flag: ${reason}\nSee 'docker service create --help'.`,
    125,
  );
}
