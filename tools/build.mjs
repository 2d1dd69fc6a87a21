// Builds dist/: one bundle for the command and the library, what starts them, V8's code cache, and the library's types.
// Bundled and cached because reading and compiling nine hundred files takes longer than running a small scenario.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { importSource } from './import-source.mjs';
import { loadProgramsLate } from './load-programs-late.mjs';

const APP = resolve('dist/app.cjs');
const COMMAND = 'dist/cli/main.cjs';

rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const { loadApp, APP_HEAD, APP_FOOT } = await importSource('cli/load-app.ts');
await bundle();
await writeLibraryEntry();
await writeCodeCache();
// The compiler does not set the bit.
chmodSync(COMMAND, 0o755);

async function bundle() {
  const common = {
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'import.meta.url': 'importMetaUrl' },
  };
  const banner = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";
  const launchers = { 'cli/launch.ts': COMMAND, 'cli/launch-worker.ts': 'dist/sweep-worker.cjs' };
  for (const [source, outfile] of Object.entries(launchers)) {
    await build({ ...common, banner: { js: banner }, entryPoints: [source], outfile });
  }
  await build({
    ...common,
    banner: { js: `${APP_HEAD}${banner}` },
    footer: { js: APP_FOOT },
    entryPoints: ['cli/app.ts'],
    outfile: APP,
    // For stack traces: cli/readable-stack.ts.
    sourcemap: 'external',
    sourcesContent: false,
    plugins: [
      { name: 'stand-ins', setup: replaceSlowModules },
      { name: 'programs', setup: loadProgramsLate },
    ],
  });
}

/** What yargs needs for help and errors alone, and takes longer to set up than a scenario takes to read. */
function replaceSlowModules({ onResolve }) {
  onResolve({ filter: /\/platform-shims\/esm\.mjs$/ }, () => ({
    path: resolve('tools/stand-ins/yargs-platform.mjs'),
  }));
  // yaml's build for browsers is the same but for looks at the environment with each token; its modules can be taken apart.
  onResolve({ filter: /^yaml$/ }, () => ({ path: resolve('node_modules/yaml/browser/index.js') }));
  const measures = /node_modules\/(cliui|wrap-ansi)\//;
  onResolve({ filter: /^string-width$/ }, ({ importer }) =>
    measures.test(importer.replaceAll('\\', '/'))
      ? { path: resolve('tools/stand-ins/string-width.mjs') }
      : undefined,
  );
}

/** dist/scenarios/index.js: the names that scenarios/index.ts exports, from the bundle. */
async function writeLibraryEntry() {
  const { metafile } = await build({
    entryPoints: ['scenarios/index.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    outdir: 'dist',
    metafile: true,
  });
  const names = Object.values(metafile.outputs)[0].exports.toSorted();
  const text = `
    import { fileURLToPath } from 'node:url';
    import { loadApp } from './cli/load-app.ts';
    const file = fileURLToPath(new URL('../app.cjs', import.meta.url));
    const app = loadApp(file, file + '.cache').exports;
    app.setImportModule((specifier) => import(specifier));
    export const { ${names.join(', ')} } = await app.library();`;
  await build({
    stdin: { contents: text, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: 'dist/scenarios/index.js',
  });
}

/** What V8 has compiled once a scenario has run. */
async function writeCodeCache() {
  const { exports: app, script } = loadApp(APP, '');
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-build-'));
  let messages = '';
  const terminal = {
    out() {},
    err: (text) => (messages += text),
    errIsTty: () => false,
    columns: () => 80,
    env: {},
  };
  const exitCode = await app.main(['run', 'scenarios/bridge.yaml', '--out', folder], terminal);
  rmSync(folder, { recursive: true });
  if (exitCode !== 0) throw new Error(`the built command does not run scenarios/bridge.yaml:\n${messages}`);
  writeFileSync(`${APP}.cache`, script.createCachedData());
  if (!loadApp(APP, `${APP}.cache`).fromCache) throw new Error('V8 does not take its own code cache');
}
