// Writes the pages of docs/reference/ that are derived from the sources: `npx tsx docs/generate.ts`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandsPage } from './generate/commands-page.ts';
import { costProfilesPage } from './generate/cost-profiles-page.ts';
import { dropReasonsPage } from './generate/drop-reasons-page.ts';
import { overheadPage } from './generate/overhead-page.ts';
import { reachability, reachabilityPage } from './generate/reachability/reachability-page.ts';

/** Pages that are generated at once: path under docs/, and what makes the text. */
export const GENERATED_PAGES: Readonly<Record<string, () => string>> = {
  'reference/drop-reasons.md': dropReasonsPage,
  'reference/commands.md': commandsPage,
  'reference/cost-profiles.md': costProfilesPage,
  'explanation/overhead.md': overheadPage,
};

/** The page that takes runs of scenarios, a matter of seconds. */
export const REACHABILITY_PAGE = 'reference/reachability.md';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, page] of Object.entries(GENERATED_PAGES)) {
    writeFileSync(new URL(path, import.meta.url), page());
  }
  void reachability().then((results) => {
    writeFileSync(new URL(REACHABILITY_PAGE, import.meta.url), reachabilityPage(results));
  });
}
