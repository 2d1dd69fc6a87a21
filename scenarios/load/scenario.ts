import type { ScenarioCost } from '../cost/scenario-cost.ts';
import type { Capture } from '../schema/capture.ts';
import type { Host } from '../schema/host.ts';
import type { Link } from '../schema/link.ts';
import type { Network } from '../../programs/compose-file/schema/network.ts';
import type { Service } from '../../programs/compose-file/schema/service.ts';
import type { Swarm } from '../schema/swarm.ts';
import type { Problem } from './problem.ts';
import type { ScenarioSource } from './source.ts';
import type { Step } from './step.ts';

/** A key that was accepted and has no effect, or a variable that was not set. */
export type Notice = Problem;

/**
 * A scenario that can be run: checked, units resolved (nanoseconds, bits per second, bytes), defaults filled.
 * Records keep the order of the file.
 */
export interface Scenario {
  /** Names the output folder and the Compose project. */
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  /** The Docker release that is followed, one of `FOLLOWED_RELEASES`. */
  readonly engine: string;
  /** What work on a processor costs; null for the profile `ideal`, which is nothing. */
  readonly cost: ScenarioCost | null;
  /** Stop here; undefined: when steps and traffic are done. */
  readonly durationNs: number | undefined;
  readonly hosts: Readonly<Record<string, Host>>;
  readonly links: Readonly<Record<string, Link>>;
  readonly swarm: Swarm | undefined;
  readonly networks: Readonly<Record<string, Network>>;
  readonly services: Readonly<Record<string, ScenarioService>>;
  /**
   * Who starts the services: `before-steps`, the scenario itself; `by-steps`, a step that runs `docker compose
   * up` or `docker stack deploy` (the only step, when the file is a plain Compose file).
   */
  readonly bringUp: 'before-steps' | 'by-steps';
  /** `networks` and `services` as they stand in the file, variables replaced: for a Compose file on a host. */
  readonly composeData: Readonly<Record<string, unknown>>;
  /** Captures that are on from the start. */
  readonly captures: readonly Capture[];
  readonly steps: readonly Step[];
  /** Modules with network drivers; to be loaded only when the user allows code. */
  readonly drivers: readonly string[];
  readonly notices: readonly Notice[];
  /** Where each value stands in the file, for problems that show later. */
  readonly source: ScenarioSource;
  readonly inputs: ScenarioInputs;
}

/** What a scenario was read from: reading it again gives the same scenario. */
export interface ScenarioInputs {
  readonly text: string;
  readonly set: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Contents of the files that it names, by the name it gives them. */
  readonly files: Readonly<Record<string, string>>;
}

/** A service and how it is run: as containers on one host, or as a service of the swarm. */
export type ScenarioService = Service & {
  readonly deployment: { readonly kind: 'containers'; readonly host: string } | { readonly kind: 'swarm' };
};
