/** Loads a module by a package's name or a file's URL. */
export type ImportModule = (specifier: string) => Promise<unknown>;

let importHere: ImportModule = (specifier) => import(/* @vite-ignore */ specifier);

/** Hands in another import(): a script that runs from a code cache has none of its own. */
export function setImportModule(importModule: ImportModule): void {
  importHere = importModule;
}

/** Loads what is not part of the bundle: a module that a scenario names, a large package that is seldom needed. */
export function importModule(specifier: string): Promise<unknown> {
  return importHere(specifier);
}
