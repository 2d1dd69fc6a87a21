/** What the built bundle gives: the command, and the library when it is asked for. */
export { main } from './main-function.ts';
export { setImportModule } from '../scenarios/import-module.ts';
export const library = () => import('../scenarios/index.ts');
