import { join } from 'node:path';
import { EXIT } from '../exit-code.ts';
import { isFolder } from '../is-folder.ts';
import { isLoneDash } from '../is-lone-dash.ts';
import { readIfThere } from '../read-if-there.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { writeFile } from '../write-file.ts';
import { ReportError } from '../../scenarios/report/read-files.ts';
import { reportFolder } from '../../scenarios/report/report-folder.ts';

export interface ReportArguments {
  readonly folder: string;
  /** `-` is standard output; default: report.html in the folder. */
  readonly out?: string | undefined;
}

/** `dockwire report DIR`: the folder of a run or a sweep as one HTML file. */
export async function report(args: ReportArguments, terminal: Terminal): Promise<number> {
  const { folder } = args;
  if (!isFolder(folder)) {
    throw new UsageError(
      `${folder}: no such folder; name what dockwire run or dockwire sweep wrote, as out/bridge`,
    );
  }
  const text = await reportOf(folder);
  const file = args.out ?? join(folder, 'report.html');
  if (isLoneDash(file)) terminal.out(text);
  else {
    writeFile(file, text);
    terminal.out(`${file}\n`);
  }
  return EXIT.ok;
}

async function reportOf(folder: string): Promise<string> {
  try {
    return await reportFolder((name) => readIfThere(join(folder, name)));
  } catch (error) {
    if (error instanceof ReportError) throw new UsageError(`${folder}: ${error.message}`);
    throw error;
  }
}
