/** What a worker thread of a sweep loads, as it is installed: the bundle beside it, for the one function that runs a task. */
import { join } from 'node:path';
import type * as App from './app.ts';
import { loadApp } from './load-app.ts';

const bundle = join(__dirname, 'app.cjs');
const app = loadApp<typeof App>(bundle, `${bundle}.cache`).exports;
app.setImportModule((specifier) => import(specifier));
const runPoint = app.sweepWorker();

export default async function (...task: Parameters<Awaited<typeof runPoint>>) {
  return (await runPoint)(...task);
}
