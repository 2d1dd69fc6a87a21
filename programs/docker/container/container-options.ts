/** What `docker run` and `docker create` are told, as the daemon takes it (docker/cli container/opts.go parse). */
import type { Process } from '../../../core/host/process.ts';
import { parseMac } from '../../../protocols/mac-address.ts';
import {
  DEFAULT_CONTAINER_CONFIG,
  isUserDefinedMode,
  type ContainerSpec,
  type RestartPolicy,
} from '../../../drivers/container/container-config.ts';
import { absolutePath } from '../../files.ts';
import type { Flags } from '../flags.ts';
import { networkOptions } from './network-options.ts';
import { OptionError } from './option-error.ts';
import { parseExposeOptions, parsePublishOptions } from './port-options.ts';

/** Throws `OptionError` for options that the command itself refuses. */
export function containerSpec(proc: Process, flags: Flags, operands: readonly string[]): ContainerSpec {
  const [image = '', ...command] = operands;
  const { networkMode, networking } = networkOptions(flags);
  const portBindings = parsePublishOptions(flags.list('publish'));
  const exposedPorts = new Set([...portBindings.keys(), ...parseExposeOptions(flags.list('expose'))]);
  const restartPolicy = parseRestartPolicy(flags.string('restart'));
  if (flags.bool('rm') && restartPolicy.name !== 'no') {
    throw new OptionError('Conflicting options: --restart and --rm');
  }
  return {
    name: flags.string('name'),
    config: {
      ...DEFAULT_CONTAINER_CONFIG,
      hostname: flags.string('hostname'),
      domainname: flags.string('domainname'),
      user: flags.string('user'),
      tty: flags.bool('tty'),
      openStdin: flags.bool('interactive'),
      attachStdin: flags.bool('interactive') && !flags.bool('detach'),
      attachStdout: !flags.bool('detach'),
      attachStderr: !flags.bool('detach'),
      environment: environmentOptions(proc, flags),
      command,
      entrypoint: flags.has('entrypoint') ? [flags.string('entrypoint')] : null,
      image,
      workingDirectory: flags.string('workdir'),
      labels: flags.pairs('label'),
      exposedPorts: [...exposedPorts],
      macAddress: macOption(flags),
      stopSignal: flags.string('stop-signal'),
      stopTimeout: flags.has('stop-timeout') ? flags.int('stop-timeout', 10) : null,
    },
    hostConfig: {
      networkMode,
      portBindings,
      publishAllPorts: flags.bool('publish-all'),
      links: isUserDefinedMode(networkMode) ? [] : flags.list('link'),
      dns: flags.list('dns'),
      dnsSearch: flags.list('dns-search'),
      dnsOptions: flags.list('dns-option', 'dns-opt'),
      extraHosts: flags.list('add-host').map(extraHost),
      sysctls: flags.pairs('sysctl'),
      capAdd: flags.list('cap-add'),
      capDrop: flags.list('cap-drop'),
      privileged: flags.bool('privileged'),
      restartPolicy,
      autoRemove: flags.bool('rm'),
      init: flags.bool('init'),
    },
    networking,
  };
}

/** `name=address` is as good as `name:address`. */
function extraHost(text: string): string {
  return text.includes(':') ? text : text.replace('=', ':');
}

function macOption(flags: Flags): string {
  const mac = flags.string('mac-address');
  if (mac === '') return '';
  try {
    parseMac(mac);
  } catch {
    throw new OptionError(`${mac} is not a valid mac address`);
  }
  return mac;
}

/** A variable without a value has the one the client has, and is left out when it has none. */
function environmentOptions(proc: Process, flags: Flags): string[] {
  const fromFiles = flags.list('env-file').flatMap((path) => environmentFile(proc, path));
  return [...fromFiles, ...flags.list('env')].flatMap((text) => {
    if (text.includes('=')) return [text];
    const value = proc.environment.get(text);
    return value === undefined ? [] : [`${text}=${value}`];
  });
}

function environmentFile(proc: Process, path: string): string[] {
  const text = proc.context.fileSystem.readText(absolutePath(proc, path));
  if (text === null) throw new OptionError(`open ${path}: no such file or directory`);
  return text
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** `no`, `always`, `unless-stopped`, `on-failure[:retries]` (opts.ParseRestartPolicy). */
function parseRestartPolicy(text: string): RestartPolicy {
  const [name = '', retries] = text.split(':');
  if (text === '' || text === 'no') return { name: 'no', maximumRetryCount: 0 };
  if (name !== 'always' && name !== 'unless-stopped' && name !== 'on-failure') {
    throw new OptionError(`invalid restart policy '${name}'`);
  }
  if (retries === undefined) return { name, maximumRetryCount: 0 };
  if (!/^\d+$/.test(retries)) throw new OptionError('maximum retry count must be an integer');
  if (name !== 'on-failure') {
    throw new OptionError(`maximum retry count cannot be used with restart policy '${name}'`);
  }
  return { name, maximumRetryCount: Number(retries) };
}
