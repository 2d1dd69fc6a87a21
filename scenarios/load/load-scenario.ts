import * as v from 'valibot';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import type { ScenarioCost } from '../cost/scenario-cost.ts';
import type { Host } from '../schema/host.ts';
import { hostSchema } from '../schema/host.ts';
import { scenarioSchema, type ScenarioFile } from '../schema/scenario.ts';
import { buildSteps } from './build-steps.ts';
import { checkCaptures } from './checks/check-captures.ts';
import { checkAttachmentKeys, checkDaemonKeys } from './checks/check-release-keys.ts';
import { checkHosts } from './checks/check-hosts.ts';
import { checkLinkKeys, checkLinks } from './checks/check-links.ts';
import { checkNetworks } from './checks/check-networks.ts';
import { checkServices } from './checks/check-services.ts';
import { checkSteps } from './checks/check-steps.ts';
import { checkSwarm } from './checks/check-swarm.ts';
import { dockerHosts, type Draft, type Report } from './checks/draft.ts';
import { interpolateSections, type Variables } from '../../programs/compose-file/interpolate.ts';
import { KnownNodes } from './known-nodes.ts';
import { ignoredKeyNotices } from './notices.ts';
import { applyOverride, parseOverride } from './override.ts';
import { MAX_PROBLEMS, ScenarioError, type Problem } from './problem.ts';
import { readCost, type FileReader } from './read-cost.ts';
import type { Notice, Scenario, ScenarioService } from './scenario.ts';
import { ScenarioSource } from './source.ts';
import type { RunStep, Step } from './step.ts';
import { validateForm } from '../../programs/compose-file/validate-form.ts';

export interface LoadOptions {
  /** Shown in messages; its base name names a scenario that has no name of its own. */
  readonly file: string;
  /** What Compose's ${NAME} stands for under networks and services; nothing comes from the environment. */
  readonly variables?: Variables;
  /** Assignments `path=value` that change the file's content first. */
  readonly set?: readonly string[];
  /** Reads a cost profile that the scenario names. */
  readonly readFile?: FileReader;
}

/**
 * Reads a scenario. Everything that can be found wrong before it runs is, and comes as one ScenarioError with a
 * place for each problem; no text makes it throw anything else.
 */
export function loadScenario(text: string, options: LoadOptions): Scenario {
  const source = new ScenarioSource(text, options.file);
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const report: Report = (path, message, hint, part = 'value', characters = 0) => {
    problems.push(source.problem(path, message, hint, part, characters));
    if (problems.length >= MAX_PROBLEMS) throw new ScenarioError(problems);
  };
  let data = withOverrides(source.toData(), options.set ?? [], source);
  data = interpolateSections(data, options.variables ?? {}, (path, problem) => {
    if (problem instanceof FormatError) report(path, problem.message, problem.hint, 'value', problem.offset);
    else
      notices.push(source.problem(path, `the variable ${problem} is not set: nothing stands in its place`));
  });
  throwIfAny(problems);
  const file = validateForm(scenarioSchema, data, source);
  notices.push(...ignoredKeyNotices(data, source));
  const draft = buildDraft(file, source, options.file, report);
  checkAll(draft, file.engine ?? DEFAULT_ENGINE, data, report);
  const files: Record<string, string> = {};
  const cost = readCost(file.cost ?? 'ideal', noting(files, options.readFile), report);
  throwIfAny(problems);
  const inputs = { text, set: options.set ?? [], variables: options.variables ?? {}, files };
  return { ...finish(file, draft, data, cost, notices, source), inputs };
}

/** The same reader, which keeps what it has read in `files`. */
function noting(files: Record<string, string>, readFile: FileReader | undefined): FileReader | undefined {
  if (readFile === undefined) return undefined;
  return (path) => (files[path] = readFile(path));
}

function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ScenarioError(problems);
}

function withOverrides(data: unknown, assignments: readonly string[], source: ScenarioSource): unknown {
  let current = data;
  for (const assignment of assignments) {
    try {
      const override = parseOverride(assignment);
      current = applyOverride(current, override);
      source.overrides.push({ path: override.path, text: assignment });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const place = { file: '--set', line: 1, column: 1, sourceLine: assignment };
      throw new ScenarioError([{ ...place, message: error.message, hint: error.hint }]);
    }
  }
  return current;
}

function buildDraft(file: ScenarioFile, source: ScenarioSource, fileName: string, report: Report): Draft {
  const services = file.services ?? {};
  if (file.hosts === undefined && Object.keys(services).length === 0) {
    report([], 'neither hosts nor services: there is nothing to run', 'add hosts: or services:');
  }
  return {
    name: file.name ?? nameFrom(fileName),
    hosts: file.hosts ?? { host1: defaultHost() },
    links: file.links ?? {},
    swarm: file.swarm,
    networks: file.networks ?? {},
    services,
    captures: file.captures ?? [],
    steps: withImpliedStep(file, buildSteps(file.steps ?? [], source, report), source),
  };
}

/** The host of a file that names none. */
function defaultHost(): Host {
  return v.parse(hostSchema, {
    interfaces: { eth0: { address: '192.168.99.109/24', gateway: '192.168.99.1' } },
    docker: {},
  });
}

/** A plain Compose file only wants its services brought up, which happens before any step: what runs is shown. */
function withImpliedStep(file: ScenarioFile, steps: Step[], source: ScenarioSource): Step[] {
  if (file.hosts !== undefined || file.steps !== undefined) return steps;
  const shown: RunStep = {
    kind: 'run',
    text: 'host1$ docker ps --all',
    where: { text: 'host1', node: 'host1', netns: undefined },
    command: 'docker ps --all',
    background: false,
    expect: undefined,
    atNs: undefined,
    position: source.locate(['services'], 'key'),
    path: ['services'],
  };
  return [shown];
}

function checkAll(draft: Draft, engine: string, data: unknown, report: Report): void {
  const nodes = new KnownNodes(draft);
  checkLinks(draft, report);
  const links = (data as { links?: Parameters<typeof checkLinkKeys>[0] | null }).links;
  checkLinkKeys(links ?? {}, report);
  checkHosts(draft, report);
  checkDaemonKeys(draft, engine, report);
  checkAttachmentKeys(draft, engine, report);
  checkSwarm(draft, report);
  checkNetworks(draft, report);
  checkServices(draft, report);
  checkCaptures(draft, nodes, report);
  checkSteps(draft, nodes, report);
}

/** The release that is followed when the file names none. */
const DEFAULT_ENGINE = '20.10';

const BRINGS_UP = /docker(?:-|\s+)compose\b.*\bup\b|docker\s+stack\s+(?:deploy|up)\b/;

function finish(
  file: ScenarioFile,
  draft: Draft,
  data: unknown,
  cost: ScenarioCost | null,
  notices: Notice[],
  source: ScenarioSource,
): Omit<Scenario, 'inputs'> {
  const { networks = {}, services: rawServices = {} } = data as Record<string, unknown>;
  const byStep = draft.steps.some((step) => step.kind === 'run' && BRINGS_UP.test(step.command));
  const [onlyHost = 'host1'] = dockerHosts(draft);
  const services: Record<string, ScenarioService> = {};
  for (const [key, service] of Object.entries(draft.services)) {
    const inSwarm = service.host === undefined && draft.swarm !== undefined;
    const deployment = inSwarm
      ? ({ kind: 'swarm' } as const)
      : ({ kind: 'containers', host: service.host ?? onlyHost } as const);
    services[key] = { ...service, deployment };
  }
  return {
    ...draft,
    services,
    description: file.description ?? '',
    seed: file.seed ?? 1,
    engine: file.engine ?? DEFAULT_ENGINE,
    cost,
    durationNs: file.duration,
    bringUp: byStep ? 'by-steps' : 'before-steps',
    composeData: { networks, services: rawServices },
    drivers: file.drivers ?? [],
    notices,
    source,
  };
}

/** `labs/two-hosts.yaml` → `two-hosts`. */
function nameFrom(file: string): string {
  const base = file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/i, '');
  const clean = base.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return clean.slice(0, 63) || 'scenario';
}
