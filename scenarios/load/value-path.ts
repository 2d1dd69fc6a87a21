/** Paths to a value in a file or in results: `links.wire.loss`; double quotes hold a name with a dot together. */

const SEGMENT = '(?:"[^"]+"|[^."=]+)';
const ASSIGNMENT = new RegExp(`^(${SEGMENT}(?:\\.${SEGMENT})*)=([\\s\\S]*)$`);

/** `path=value`, cut in two; null when the text is none. */
export function splitAssignment(text: string): { readonly path: string; readonly value: string } | null {
  const match = ASSIGNMENT.exec(text);
  return match === null ? null : { path: match[1]!, value: match[2]! };
}

/** The names along a path. */
export function splitPath(path: string): string[] {
  return (path.match(/"[^"]+"|[^."]+/g) ?? []).map((segment) => segment.replaceAll('"', ''));
}
