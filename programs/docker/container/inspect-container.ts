/**
 * `docker inspect` of a container, fields in the order of its release. Not modelled, and left out: limits of memory
 * and processor, devices, storage.
 */
import { ZERO_TIME, rfc3339 } from '../../../drivers/docker-time.ts';
import type { Container } from '../../../drivers/container/container.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import type { PortBinding } from '../../../drivers/ports/port-request.ts';
import type { GoStruct, GoValue } from '../format/go-value.ts';
import { networkSettings } from './inspect-network-settings.ts';

export function inspectContainer(engine: Engine, container: Container): GoStruct {
  const directory = `/var/lib/docker/containers/${container.id}`;
  const argv = container.argv;
  return {
    Id: container.id,
    Created: rfc3339(container.createdNs),
    Path: argv[0] ?? '',
    Args: argv.slice(1),
    State: stateOf(container),
    Image: `sha256:${container.image.id}`,
    ResolvConfPath: container.sandbox === null ? '' : `${directory}/resolv.conf`,
    HostnamePath: container.sandbox === null ? '' : `${directory}/hostname`,
    HostsPath: container.sandbox === null ? '' : `${directory}/hosts`,
    LogPath: `${directory}/${container.id}-json.log`,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: 'docker-default',
    ExecIDs: null,
    HostConfig: hostConfigOf(container),
    Mounts: [],
    Config: configOf(container),
    NetworkSettings: networkSettings(engine, container),
  };
}

function stateOf({ state, process, isRunning, isPaused }: Container): GoStruct {
  return {
    Status: state.status,
    Running: isRunning || state.status === 'restarting',
    Paused: isPaused,
    Restarting: state.status === 'restarting',
    OOMKilled: false,
    Dead: state.status === 'dead',
    Pid: process?.pid ?? 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedNs === null ? ZERO_TIME : rfc3339(state.startedNs),
    FinishedAt: state.finishedNs === null ? ZERO_TIME : rfc3339(state.finishedNs),
  };
}

function hostConfigOf(container: Container): GoStruct {
  const { hostConfig } = container;
  return {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: new Map() },
    NetworkMode: hostConfig.networkMode,
    PortBindings: new Map(
      [...hostConfig.portBindings].map(([key, bindings]) => [key, bindings.map(bindingOf)]),
    ),
    RestartPolicy: {
      Name: hostConfig.restartPolicy.name,
      MaximumRetryCount: hostConfig.restartPolicy.maximumRetryCount,
    },
    AutoRemove: hostConfig.autoRemove,
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: orNull(hostConfig.capAdd),
    CapDrop: orNull(hostConfig.capDrop),
    CgroupnsMode: 'private',
    Dns: hostConfig.dns,
    DnsOptions: hostConfig.dnsOptions,
    DnsSearch: hostConfig.dnsSearch,
    ExtraHosts: orNull(hostConfig.extraHosts),
    GroupAdd: null,
    IpcMode: 'private',
    Cgroup: '',
    Links: orNull([...container.links].map(([alias, child]) => `/${child.name}:/${container.name}/${alias}`)),
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: hostConfig.privileged,
    PublishAllPorts: hostConfig.publishAllPorts,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    ...(hostConfig.sysctls.size > 0 && { Sysctls: hostConfig.sysctls }),
    UTSMode: '',
    UsernsMode: '',
    ShmSize: 67108864,
    Runtime: 'runc',
  };
}

function bindingOf({ hostIp, hostPort }: PortBinding): GoStruct {
  return { HostIp: hostIp, HostPort: hostPort };
}

function configOf(container: Container): GoStruct {
  const { config, image } = container;
  const ports = new Map(container.exposedPorts.map((key): [string, GoValue] => [key, {}]));
  const stopSignal = config.stopSignal || image.stopSignal;
  return {
    Hostname: container.hostname,
    Domainname: config.domainname,
    User: config.user,
    AttachStdin: config.attachStdin,
    AttachStdout: config.attachStdout,
    AttachStderr: config.attachStderr,
    ...(ports.size > 0 && { ExposedPorts: ports }),
    Tty: config.tty,
    OpenStdin: config.openStdin,
    StdinOnce: config.attachStdin,
    Env: environmentOf(container),
    Cmd: orNull(container.command),
    Image: config.image,
    Volumes: null,
    WorkingDir: config.workingDirectory || image.workingDirectory,
    Entrypoint: orNull(container.entrypoint),
    OnBuild: null,
    ...(config.macAddress !== '' && { MacAddress: config.macAddress }),
    Labels: config.labels,
    ...(stopSignal !== '' && { StopSignal: stopSignal }),
    ...(config.stopTimeout !== null && { StopTimeout: config.stopTimeout }),
  };
}

/** The user's variables, then those of the image that they do not replace. */
function environmentOf({ config, image }: Container): string[] {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const given = new Set(config.environment.map((variable) => variable.split('=')[0]));
  const inherited = [path, ...image.environment].filter((variable) => !given.has(variable.split('=')[0]));
  return [...config.environment, ...inherited];
}

function orNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}
