// Writes the pages of docs/reference/ that are derived from the sources: `npx tsx docs/generate.ts`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandsPage } from './generate/commands-page.ts';
import { costProfilesPage } from './generate/cost-profiles-page.ts';
import { dropReasonsPage } from './generate/drop-reasons-page.ts';

/** Generated pages: path under docs/, and what makes the text. */
export const GENERATED_PAGES: Readonly<Record<string, () => string>> = {
  'reference/drop-reasons.md': dropReasonsPage,
  'reference/commands.md': commandsPage,
  'reference/cost-profiles.md': costProfilesPage,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, page] of Object.entries(GENERATED_PAGES)) {
    writeFileSync(new URL(path, import.meta.url), page());
  }
}
