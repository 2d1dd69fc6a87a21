// What a worker thread of a sweep loads when the command runs from its sources; built, it is dist/sweep-worker.cjs.
import { Module } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('./run-point.ts', import.meta.url));
const { outputFiles } = await build({
  entryPoints: [source],
  bundle: true,
  format: 'cjs',
  platform: 'node',
  write: false,
  define: { 'import.meta.url': JSON.stringify(import.meta.url) },
});
const bundle = new Module(source);
bundle.paths = Module._nodeModulePaths(fileURLToPath(new URL('.', import.meta.url)));
bundle._compile(outputFiles[0].text, `${source}.cjs`);
export default bundle.exports.runPoint;
