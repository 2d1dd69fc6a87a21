/** What the built bundle gives: the command; the library and what a sweep's threads run, when they are asked for. */
export { main } from './main-function.ts';
export { setImportModule } from '../scenarios/import-module.ts';
export const library = () => import('../scenarios/index.ts');
export const sweepWorker = async () => (await import('../scenarios/sweep/run-point.ts')).runPoint;
