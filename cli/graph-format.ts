import { extname } from 'node:path';
import { UsageError } from './usage-error.ts';

export const GRAPH_FORMATS = ['svg', 'dot', 'mermaid', 'json'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

const BY_ENDING: Readonly<Record<string, GraphFormat>> = {
  '.svg': 'svg',
  '.dot': 'dot',
  '.gv': 'dot',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
  '.json': 'json',
};

/** The format asked for, else that of the file's ending, else DOT. */
export function graphFormat(asked: GraphFormat | undefined, file: string | undefined): GraphFormat {
  if (asked !== undefined) return asked;
  if (file === undefined) return 'dot';
  const format = BY_ENDING[extname(file).toLowerCase()];
  if (format !== undefined) return format;
  throw new UsageError(
    `${file}: no format has this ending; known are ${Object.keys(BY_ENDING).join(' ')}, or name one with --format`,
  );
}
