import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { goJson } from '../format/go-json.ts';
import { Template } from '../format/template.ts';
import { apiVersion, oldestApiVersion, releaseText } from './release-text.ts';

export const version: DockerCommand = {
  names: [],
  shortcuts: ['version'],
  usage: '[OPTIONS]',
  summary: 'Show the Docker version information',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
    { name: 'kubeconfig', kind: 'string' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const release = releaseText(engine.release);
    const api = apiVersion(engine.release);
    const oldestApi = oldestApiVersion(engine.release);
    const client = {
      Version: release,
      ApiVersion: api,
      DefaultAPIVersion: api,
      Os: 'linux',
      Arch: 'amd64',
      Context: 'default',
    };
    const server = {
      Version: release,
      ApiVersion: api,
      MinAPIVersion: oldestApi,
      Os: 'linux',
      Arch: 'amd64',
      KernelVersion: '6.1.0',
    };
    const format = flags.string('format');
    if (format !== '') {
      const value = { Client: client, Server: server };
      proc.print(format === 'json' ? `${goJson(value)}\n` : `${new Template(format).execute(value)}\n`);
      return 0;
    }
    proc.print(
      `Client:\n Version:           ${release}\n API version:       ${api}\n OS/Arch:           linux/amd64\n` +
        ` Context:           default\n\nServer:\n Engine:\n  Version:          ${release}\n` +
        `  API version:      ${api} (minimum version ${oldestApi})\n  OS/Arch:          linux/amd64\n`,
    );
    return 0;
  },
};
