import { resolve } from 'node:path';
import { build } from 'esbuild';

/** A module of the sources; `stdin` is what esbuild takes in a file's place. */
export async function importSource(path, stdin) {
  const { outputFiles } = await build({
    ...(stdin === undefined
      ? { entryPoints: [path] }
      : { stdin: { ...stdin, sourcefile: path, loader: 'ts' } }),
    bundle: true,
    format: 'esm',
    platform: 'node',
    // For packages in CommonJS, which ask for Node's modules.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${JSON.stringify(resolve('package.json'))});`,
    },
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
