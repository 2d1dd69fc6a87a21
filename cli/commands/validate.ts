import { EXIT } from '../exit-code.ts';
import { loadFile, showNotices, type FileArguments } from '../load-file.ts';
import type { Terminal } from '../terminal.ts';

export interface ValidateArguments extends FileArguments {
  readonly quiet?: boolean | undefined;
}

/** `dockwire validate FILE`: checks a scenario and runs nothing. */
export function validate(args: ValidateArguments, terminal: Terminal): number {
  const scenario = loadFile(args);
  showNotices(scenario, terminal);
  if (args.quiet) return EXIT.ok;
  const counts = [
    count(scenario.hosts, 'host'),
    count(scenario.links, 'link'),
    count(scenario.networks, 'network'),
    count(scenario.services, 'service'),
    `${scenario.steps.length} step${scenario.steps.length === 1 ? '' : 's'}`,
  ];
  terminal.out(`${scenario.source.file}: valid: ${counts.join(', ')}\n`);
  return EXIT.ok;
}

function count(things: object, what: string): string {
  const number = Object.keys(things).length;
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
