import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { importSource } from './import-source.mjs';

const LATE = `function late(names: string[][], load: () => readonly NamedProgram[]): NamedProgram[] {
  return names.map((own, at) => ({ names: own, program: (proc) => load()[at]!.program(proc) }));
}`;

/**
 * A scenario starts few of the programs there are: the registry of the bundle knows their names, and sets a folder's modules
 * up when one of its programs is called. In the sources, which are ES modules, that could not be done without waiting.
 */
export function loadProgramsLate({ onLoad }) {
  onLoad({ filter: /[\\/]programs[\\/]registry\.ts$/ }, async ({ path }) => {
    const source = readFileSync(path, 'utf8');
    const families = [...source.matchAll(/^import { programs as (\w+) } from '(.+)';$/gm)];
    if (families.length === 0) throw new Error('programs/registry.ts imports no programs');
    const { default: programs } = await importSource('programs/registry.ts', {
      contents: `${families.map(([line]) => line).join('\n')}
        export default { ${families.map(([, family]) => family).join(', ')} };`,
      resolveDir: dirname(path),
    });
    let contents = source;
    for (const [line, family, from] of families) {
      const names = JSON.stringify(programs[family].map((program) => program.names));
      contents = contents.replace(
        line,
        `const ${family} = late(${names}, () => require('${from}').programs);`,
      );
    }
    return { contents: `${contents}\n${LATE}`, loader: 'ts', resolveDir: dirname(path) };
  });
}
