import type { Capture } from '../../schema/capture.ts';
import type { Host } from '../../schema/host.ts';
import type { Link } from '../../schema/link.ts';
import type { Network } from '../../../programs/compose-file/schema/network.ts';
import type { Service } from '../../../programs/compose-file/schema/service.ts';
import type { Swarm } from '../../schema/swarm.ts';
import type { Part, Path } from '../../../programs/compose-file/yaml-source.ts';
import type { Step } from '../step.ts';

/** A scenario whose parts are well-formed, before they are checked against each other. */
export interface Draft {
  readonly name: string;
  readonly hosts: Readonly<Record<string, Host>>;
  readonly links: Readonly<Record<string, Link>>;
  readonly swarm: Swarm | undefined;
  readonly networks: Readonly<Record<string, Network>>;
  readonly services: Readonly<Record<string, Service>>;
  readonly captures: readonly Capture[];
  readonly steps: readonly Step[];
}

/** Takes down what is wrong at a place of the file; `characters` is how far into the text there. */
export type Report = (path: Path, message: string, hint?: string, part?: Part, characters?: number) => void;

/** Compares the parts of a scenario with each other. */
export type Check = (draft: Draft, report: Report) => void;

/** The hosts that run Docker, in the file's order. */
export function dockerHosts(draft: Draft): string[] {
  return Object.keys(draft.hosts).filter((host) => draft.hosts[host]!.docker !== undefined);
}
