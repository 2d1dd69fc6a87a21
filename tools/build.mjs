// Builds dist/: one bundle for the command and the library, which share their modules, and the library's types.
// Bundled because reading nine hundred files takes longer than running a small scenario.
import { chmodSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
await build({
  entryPoints: ['cli/main.ts', 'scenarios/index.ts'],
  outdir: 'dist',
  outbase: '.',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  // Packages written as CommonJS ask for Node's modules with require().
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module';\nconst require = createRequireHere(import.meta.url);",
  },
});
// Neither compiler sets the bit.
chmodSync('dist/cli/main.js', 0o755);
