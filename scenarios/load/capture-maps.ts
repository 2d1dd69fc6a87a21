/**
 * `- capture start { a: host1/eth0, b: host2/eth0 }` reads well and is no YAML: the colon makes it a map. Such
 * lines are quoted before YAML sees them, and positions counted back.
 */
import type { PreparedText } from '../../programs/compose-file/yaml-source.ts';

const CAPTURE_MAP = /^(\s*-\s+)(capture start\s+\{[^'"#\r]*\}[^'"#\r]*?)(\s*(?:\s#.*)?\r?)$/;
const BLOCK_SCALAR = /(?:^|[\s:-])[|>][+-]?\d?[+-]?\s*(?:#.*)?\r?$/;

export function quoteCaptureMaps(original: string): PreparedText {
  if (!original.includes('capture start')) return { text: original, toOriginal: (offset) => offset };
  const inserted: number[] = [];
  const out: string[] = [];
  let length = 0;
  let scalarIndent = -1;
  for (const line of original.split('\n')) {
    const indent = line.search(/\S/);
    if (scalarIndent >= 0 && indent >= 0 && indent <= scalarIndent) scalarIndent = -1;
    const match = scalarIndent < 0 ? CAPTURE_MAP.exec(line) : null;
    let written = line;
    if (match !== null) {
      written = `${match[1]}'${match[2]}'${match[3]}`;
      inserted.push(length + match[1]!.length, length + match[1]!.length + match[2]!.length + 1);
    } else if (scalarIndent < 0 && BLOCK_SCALAR.test(line)) {
      scalarIndent = indent;
    }
    out.push(written);
    length += written.length + 1;
  }
  return {
    text: out.join('\n'),
    toOriginal: (offset) => offset - inserted.filter((at) => at < offset).length,
  };
}
