import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { goJson } from '../format/go-json.ts';
import type { GoStruct } from '../format/go-value.ts';
import { Template } from '../format/template.ts';
import { isAtLeast } from '../../../drivers/engine-release.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { releaseText } from './release-text.ts';
import { swarmInfo, swarmLines } from './swarm-info.ts';

/** Not modelled, and left out: storage, plugins other than networks', security, the machine's hardware. */
export const info: DockerCommand = {
  names: ['info'],
  shortcuts: ['info'],
  usage: '[OPTIONS]',
  summary: 'Display system-wide information',
  flags: [
    { name: 'format', short: 'f', kind: 'string', usage: 'Format the output using the given Go template' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const value = describe(engine);
    const format = flags.string('format');
    if (format === 'json') proc.print(`${goJson(value)}\n`);
    else if (format !== '') proc.print(`${new Template(format).execute(value)}\n`);
    else proc.print(asText(engine, value));
    return 0;
  },
};

function describe(engine: Engine): GoStruct {
  const containers = engine.containers.list();
  const { bridgeNetfilter, initNamespace, name } = engine.host;
  return {
    ID: engine.id,
    Containers: containers.length,
    ContainersRunning: containers.filter(({ state }) => state.status === 'running').length,
    ContainersPaused: containers.filter(({ isPaused }) => isPaused).length,
    ContainersStopped: containers.filter(({ isRunning }) => !isRunning).length,
    Images: engine.images.list().length,
    Plugins: { Network: engine.driverTypes() },
    Swarm: swarmInfo(engine),
    IPv4Forwarding: initNamespace.sysctl.ipForward !== 0,
    // API 1.50 leaves them out (moby#49904).
    ...(!isAtLeast(engine.release, 28, 2) && {
      BridgeNfIptables: bridgeNetfilter.callIptables !== 0,
      BridgeNfIp6tables: bridgeNetfilter.callIp6tables !== 0,
    }),
    Name: name,
    ServerVersion: releaseText(engine.release),
    LiveRestoreEnabled: engine.config.liveRestore,
    // moby#49761
    ...(isAtLeast(engine.release, 28, 1) && { FirewallBackend: { Driver: 'iptables' } }),
  };
}

/** 27.4 was the first to load the module when there is need of it, and to say nothing before (moby#49090). */
function bridgeWarnings(engine: Engine): string[] {
  if (isAtLeast(engine.release, 27, 4)) return [];
  const { callIptables, callIp6tables } = engine.host.bridgeNetfilter;
  return [
    ...(callIptables !== 0 ? [] : ['WARNING: bridge-nf-call-iptables is disabled']),
    ...(callIp6tables !== 0 ? [] : ['WARNING: bridge-nf-call-ip6tables is disabled']),
  ];
}

function asText(engine: Engine, value: GoStruct): string {
  const lines = [
    'Client:',
    ' Context:    default',
    '',
    'Server:',
    ` Containers: ${String(value.Containers)}`,
    `  Running: ${String(value.ContainersRunning)}`,
    `  Paused: ${String(value.ContainersPaused)}`,
    `  Stopped: ${String(value.ContainersStopped)}`,
    ` Images: ${String(value.Images)}`,
    ` Server Version: ${String(value.ServerVersion)}`,
    ' Plugins:',
    `  Network: ${engine.driverTypes().join(' ')}`,
    ...swarmLines(engine),
    ` Name: ${String(value.Name)}`,
    ` ID: ${engine.id}`,
    ` Live Restore Enabled: ${engine.config.liveRestore}`,
    ...(isAtLeast(engine.release, 29) ? [' Firewall Backend: iptables'] : []),
  ];
  const warnings = [
    ...(value.IPv4Forwarding === true ? [] : ['WARNING: IPv4 forwarding is disabled']),
    ...bridgeWarnings(engine),
  ];
  return [...lines, '', ...warnings].map((line) => `${line}\n`).join('');
}
