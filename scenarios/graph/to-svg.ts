/** Graphviz itself, compiled to WebAssembly; loaded at the first drawing, for it is two megabytes. */
import { importModule } from '../import-module.ts';

/** Lays a graph of Graphviz' language out and draws it as SVG. The same text gives the same bytes. */
export async function toSvg(dot: string): Promise<string> {
  const { Graphviz } = (await importModule(
    '@hpcc-js/wasm-graphviz',
  )) as typeof import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return graphviz.dot(dot);
}
