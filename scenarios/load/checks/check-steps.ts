import type { KnownNodes } from '../known-nodes.ts';
import { suggestion } from '../../../programs/compose-file/suggest.ts';
import type { Draft, Report } from './draft.ts';

/** Steps act on hosts, containers and links that there are. */
export function checkSteps(draft: Draft, nodes: KnownNodes, report: Report): void {
  for (const step of draft.steps) {
    if (step.kind === 'run' && !nodes.has(step.where.node)) {
      const hint = suggestion(step.where.node, nodes.names);
      report(step.path, `there is no host or container "${step.where.node}"`, hint);
    }
    if (step.kind === 'kill' && !nodes.has(step.container)) {
      report(step.path, `there is no container "${step.container}"`, suggestion(step.container, nodes.names));
    }
    if (step.kind === 'host' && !Object.hasOwn(draft.hosts, step.host)) {
      report(step.path, `there is no host "${step.host}"`, suggestion(step.host, Object.keys(draft.hosts)));
    }
    if (step.kind === 'link' && !Object.hasOwn(draft.links, step.link)) {
      report(step.path, `there is no link "${step.link}"`, suggestion(step.link, Object.keys(draft.links)));
    }
  }
}
