import { CliError } from '../cli-error.ts';
import type { DockerCommand } from '../docker-command.ts';
import { splitPair, type FlagSpec, type Flags } from '../flags.ts';
import { attachServices } from './attach-services.ts';
import { projectContainers, serviceOf } from './labels.ts';
import { logWarning } from './load-project.ts';
import { ensureNetworks } from './networks.ts';
import {
  converge,
  removeServices,
  startServices,
  type ComposeWork,
  type ConvergeOptions,
} from './project-containers.ts';
import { selectServices } from './project.ts';
import { TIMEOUT_FLAG, fileWork, timeoutOf } from './work.ts';

/** The flags of `up` and `create` that say which containers there must be. */
export const CONVERGE_FLAGS: readonly FlagSpec[] = [
  { name: 'build', kind: 'bool' },
  {
    name: 'force-recreate',
    kind: 'bool',
    usage: "Recreate containers even if their configuration and image haven't changed",
  },
  { name: 'no-build', kind: 'bool' },
  { name: 'no-recreate', kind: 'bool', usage: "If containers already exist, don't recreate them" },
  { name: 'pull', kind: 'string' },
  { name: 'quiet-pull', kind: 'bool' },
  {
    name: 'remove-orphans',
    kind: 'bool',
    usage: 'Remove containers for services not defined in the Compose file',
  },
  { name: 'scale', kind: 'list', usage: 'Scale SERVICE to NUM instances' },
];

export const up: DockerCommand = {
  names: ['up'],
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'Create and start containers',
  flags: [
    ...CONVERGE_FLAGS,
    {
      name: 'abort-on-container-exit',
      kind: 'bool',
      usage: 'Stops all containers if any container was stopped',
    },
    { name: 'detach', short: 'd', kind: 'bool', usage: 'Detached mode: Run containers in the background' },
    {
      name: 'exit-code-from',
      kind: 'string',
      usage: 'Return the exit code of the selected service container',
    },
    { name: 'no-color', kind: 'bool' },
    { name: 'no-deps', kind: 'bool', usage: "Don't start linked services" },
    { name: 'no-log-prefix', kind: 'bool', usage: "Don't print prefix in logs" },
    { name: 'no-start', kind: 'bool', usage: "Don't start the services after creating them" },
    TIMEOUT_FLAG,
    { name: 'timestamps', kind: 'bool', usage: 'Show timestamps' },
    { name: 'wait', kind: 'bool', usage: 'Wait for services to be running|healthy' },
  ],
  operands: { min: 0, max: Infinity },
  *run(context) {
    const { flags, operands } = context;
    const all = fileWork(context, operands);
    const project = selectServices(all.project, operands, !flags.bool('no-deps'));
    const work = { ...all, project };
    const options = convergeOptions(work, flags);
    yield* createAll(all, work, options, flags.bool('remove-orphans'));
    if (flags.bool('no-start')) return 0;
    if (flags.bool('detach') || flags.bool('wait')) {
      yield* startServices(work, options.scale);
      return 0;
    }
    const chosen = operands.length === 0 ? Object.keys(project.services) : operands;
    const containers = projectContainers(work.engine, project.name).filter((container) =>
      chosen.includes(serviceOf(container)),
    );
    const exitCodeFrom = flags.string('exit-code-from');
    const follow = attachServices(work, containers, {
      prefix: !flags.bool('no-log-prefix'),
      timestamps: flags.bool('timestamps'),
      abortOnExit: flags.bool('abort-on-container-exit') || exitCodeFrom !== '',
      exitCodeFrom,
      timeoutS: timeoutOf(flags),
    });
    yield* startServices(work, options.scale);
    return yield* follow();
  },
};

export function convergeOptions({ project }: ComposeWork, flags: Flags): ConvergeOptions {
  if (flags.bool('force-recreate') && flags.bool('no-recreate'))
    throw new CliError('--force-recreate and --no-recreate are incompatible');
  const scale = new Map<string, number>();
  for (const text of flags.list('scale')) {
    const [key, count] = splitPair(text);
    if (!/^\d+$/.test(count)) throw new CliError(`invalid --scale option "${text}". Should be SERVICE=NUM`);
    if (!Object.hasOwn(project.services, key)) throw new CliError(`no such service: ${key}`);
    scale.set(key, Number(count));
  }
  const recreate = flags.bool('force-recreate') ? 'always' : flags.bool('no-recreate') ? 'never' : 'changed';
  return { recreate, scale, timeoutS: timeoutOf(flags) };
}

/** Networks and containers, without starting any. `all` has every service of the files, `work` the chosen ones. */
export function* createAll(
  all: ComposeWork,
  work: ComposeWork,
  options: ConvergeOptions,
  removesOrphans: boolean,
) {
  const { proc, engine, project } = work;
  ensureNetworks(proc, engine, project);
  const orphans = projectContainers(engine, project.name).filter(
    (container) => !Object.hasOwn(all.project.services, serviceOf(container)),
  );
  if (orphans.length > 0 && removesOrphans) yield* removeServices(all, orphans, options.timeoutS);
  else if (orphans.length > 0) {
    const names = orphans.map(({ name }) => name).join(' ');
    logWarning(
      proc,
      `Found orphan containers ([${names}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
    );
  }
  yield* converge(work, options);
}
