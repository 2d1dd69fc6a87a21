import { suggestion } from '../../../programs/compose-file/suggest.ts';
import { dockerHosts, type Draft, type Report } from './draft.ts';

/** Nodes are hosts with Docker, each named once. */
export function checkSwarm(draft: Draft, report: Report): void {
  if (draft.swarm === undefined) return;
  const withDocker = dockerHosts(draft);
  const seen = new Set<string>();
  for (const role of ['managers', 'workers'] as const) {
    draft.swarm[role].forEach((host, i) => {
      const path = ['swarm', role, i];
      if (!Object.hasOwn(draft.hosts, host))
        report(path, `there is no host "${host}"`, suggestion(host, withDocker));
      else if (!withDocker.includes(host))
        report(path, `${host} has no Docker`, `add docker: {} under hosts.${host}`);
      if (seen.has(host))
        report(path, `${host} is in the swarm already`, 'name it once, as manager or worker');
      seen.add(host);
    });
  }
  for (const key of ['advertise-addr', 'data-path-addr'] as const) {
    for (const host of Object.keys(draft.swarm[key])) {
      if (!seen.has(host))
        report(['swarm', key, host], `${host} is not in the swarm`, suggestion(host, seen), 'key');
    }
  }
}
