import { suggestion } from '../../../programs/compose-file/suggest.ts';
import type { Draft, Report } from './draft.ts';

/** Ends name interfaces that exist, each on one link only; per-end keys name ends of their link. */
export function checkLinks(draft: Draft, report: Report): void {
  const takenBy = new Map<string, string>();
  for (const [linkName, link] of Object.entries(draft.links)) {
    link.ends.forEach((end, i) => {
      const path = ['links', linkName, 'connects', i];
      const host = Object.hasOwn(draft.hosts, end.host) ? draft.hosts[end.host] : undefined;
      if (host === undefined) {
        report(path, `there is no host "${end.host}"`, suggestion(end.host, Object.keys(draft.hosts)));
        return;
      }
      if (!Object.hasOwn(host.interfaces, end.interface)) {
        const known = suggestion(end.interface, Object.keys(host.interfaces));
        report(
          path,
          `${end.host} has no interface "${end.interface}"`,
          known ?? `add it under hosts.${end.host}.interfaces`,
        );
        return;
      }
      const name = `${end.host}/${end.interface}`;
      const other = takenBy.get(name);
      if (other !== undefined) {
        const message =
          other === linkName ? `${name} stands here twice` : `${name} is on link "${other}" already`;
        report(path, message, 'an interface takes one cable; give the host another interface');
      }
      takenBy.set(name, linkName);
    });
  }
}

/** `from` and `vlans` name ends of the link they stand in; they are read from the data, by path. */
export function checkLinkKeys(
  links: Readonly<
    Record<string, { connects: readonly string[]; from?: object | undefined; vlans?: object | undefined }>
  >,
  report: Report,
): void {
  for (const [linkName, link] of Object.entries(links)) {
    for (const key of ['from', 'vlans'] as const) {
      for (const end of Object.keys(link[key] ?? {})) {
        if (link.connects.includes(end)) continue;
        report(
          ['links', linkName, key, end],
          `"${end}" is no end of this link`,
          suggestion(end, link.connects),
          'key',
        );
      }
    }
  }
}
