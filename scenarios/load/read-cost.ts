import { suggestion } from '../../programs/compose-file/suggest.ts';
import { validateForm } from '../../programs/compose-file/validate-form.ts';
import { YamlSource } from '../../programs/compose-file/yaml-source.ts';
import { LINUX_PROFILE } from '../cost/linux-profile.ts';
import { profileSchema, type CostProfileFile } from '../cost/profile-schema.ts';
import { COST_LEVELS, costAt, type CostLevel, type ScenarioCost } from '../cost/scenario-cost.ts';
import type { Report } from './checks/draft.ts';

/** Gives the text of a file that a scenario names; the path counts from the scenario's folder. Throws when it cannot. */
export type FileReader = (path: string) => string;

const BUILT_IN: ReadonlyMap<string, CostProfileFile> = new Map([[LINUX_PROFILE.name, LINUX_PROFILE]]);
const LEVEL = new RegExp(`^(.*):(${COST_LEVELS.join('|')})$`);

/**
 * What the key `cost` says: null for `ideal`, else a built-in profile or one in a file, of the level after the colon
 * (`linux:high`, `mine.yaml:low`), `mid` without. Mistakes in the file throw a FileError with their places there.
 */
export function readCost(
  text: string,
  readFile: FileReader | undefined,
  report: Report,
): ScenarioCost | null {
  if (text === 'ideal') return null;
  const [, name = text, level = 'mid'] = LEVEL.exec(text) ?? [];
  const builtIn = BUILT_IN.get(name);
  if (builtIn !== undefined) return costAt(builtIn, level as CostLevel);
  if (!/[./\\]/.test(name)) {
    const names = ['ideal', ...BUILT_IN.keys()];
    report(
      ['cost'],
      `there is no cost profile "${name}"`,
      suggestion(name, names) ?? 'a file needs its .yaml',
    );
    return null;
  }
  if (readFile === undefined) {
    report(
      ['cost'],
      `cost: ${name}: files cannot be read here`,
      `built in: ${[...BUILT_IN.keys()].join(', ')}`,
    );
    return null;
  }
  const content = readOrReport(name, readFile, report);
  return content === null ? null : costAt(parseProfile(content, name), level as CostLevel);
}

function readOrReport(path: string, readFile: FileReader, report: Report): string | null {
  try {
    return readFile(path);
  } catch (error) {
    report(['cost'], `cost: ${(error as Error).message}`, 'the path counts from the folder of this file');
    return null;
  }
}

function parseProfile(content: string, path: string): CostProfileFile {
  const source = new YamlSource(content, path);
  return validateForm(profileSchema(), source.toData(), source);
}
