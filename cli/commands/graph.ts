import { EXIT } from '../exit-code.ts';
import { graphFormat, type GraphFormat } from '../graph-format.ts';
import { loadFile, showNotices, type FileArguments } from '../load-file.ts';
import { readUntil, refuseCode } from '../run-arguments.ts';
import type { Terminal } from '../terminal.ts';
import { writeFile } from '../write-file.ts';
import type { Topology } from '../../scenarios/graph/topology.ts';

export interface GraphArguments extends FileArguments {
  readonly out?: string | undefined;
  readonly format?: GraphFormat | undefined;
  readonly until?: string | undefined;
  readonly seed?: number | undefined;
  readonly allowCode?: boolean | undefined;
}

/** `dockwire graph FILE`: runs a scenario and draws what is there in the end. */
export async function graph(args: GraphArguments, terminal: Terminal): Promise<number> {
  const format = graphFormat(args.format, args.out);
  const untilNs = args.until === undefined ? undefined : readUntil(args.until);
  const scenario = loadFile(args);
  refuseCode(scenario, args);
  showNotices(scenario, terminal);
  const { graphScenario } = await import('../../scenarios/graph/graph-scenario.ts');
  const topology = await graphScenario(scenario, {
    ...(untilNs === undefined ? {} : { untilNs }),
    ...(args.seed === undefined ? {} : { seed: args.seed }),
    allowCode: args.allowCode ?? false,
  });
  const text = await render(topology, format);
  if (args.out === undefined) terminal.out(text);
  else writeFile(args.out, text);
  return EXIT.ok;
}

async function render(topology: Topology, format: GraphFormat): Promise<string> {
  switch (format) {
    case 'dot':
      return (await import('../../scenarios/graph/to-dot.ts')).toDot(topology);
    case 'mermaid':
      return (await import('../../scenarios/graph/to-mermaid.ts')).toMermaid(topology);
    case 'json':
      return `${JSON.stringify(topology, null, 2)}\n`;
    case 'svg': {
      const { toDot } = await import('../../scenarios/graph/to-dot.ts');
      const { toSvg } = await import('../../scenarios/graph/to-svg.ts');
      return await toSvg(toDot(topology));
    }
  }
}
