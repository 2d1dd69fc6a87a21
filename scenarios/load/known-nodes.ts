import type { Draft } from './checks/draft.ts';

const NAME_OPTION = /--name[= ]+(["']?)([^\s"']+)\1/g;
const RENAME = /docker\s+(?:container\s+)?rename\s+\S+\s+([A-Za-z0-9][\w.-]*)/g;

/** The names that WHERE and captures can use: hosts, services, and containers that steps make. */
export class KnownNodes {
  readonly names = new Set<string>();
  private readonly hosts: ReadonlySet<string>;
  private readonly services: readonly string[];
  /** A name that a shell variable or a Compose file makes up: then any name may be meant. */
  private readonly anyName: boolean;
  private readonly words: Set<string>;

  constructor(draft: Draft) {
    this.hosts = new Set(Object.keys(draft.hosts));
    this.services = Object.keys(draft.services);
    for (const name of [...Object.keys(draft.hosts), ...this.services]) this.names.add(name);
    for (const service of Object.values(draft.services))
      if (service.containerName) this.names.add(service.containerName);
    const texts = commandTexts(draft);
    // The names of such containers are in files that only the run reads.
    let anyName = texts.some((text) => /docker(?:-|\s+)compose\b/.test(text));
    for (const text of texts) {
      for (const match of text.matchAll(NAME_OPTION)) {
        if (match[2]!.includes('$')) anyName = true;
        else this.names.add(match[2]!);
      }
      for (const match of text.matchAll(RENAME)) this.names.add(match[1]!);
    }
    this.anyName = anyName;
    this.words = new Set(texts.flatMap((text) => text.split(/[\s"'=,;:/()]+/)));
  }

  /**
   * True for a known name, a task of a service (`svc.2`, `svc.host1` of a global one), or a container of a project
   * (`proj-svc-1`, `proj_svc_1`).
   */
  has(name: string): boolean {
    if (this.anyName || this.names.has(name)) return true;
    const task = /^(.*)\.([^.]+)$/.exec(name);
    if (task !== null && this.names.has(task[1]!)) return /^\d+$/.test(task[2]!) || this.hosts.has(task[2]!);
    return this.services.some((service) => {
      const at = name.lastIndexOf(service);
      if (at < 0 || (at > 0 && !/[-_]/.test(name[at - 1]!))) return false;
      return /^(?:[-_.]\d+)?$/.test(name.slice(at + service.length));
    });
  }

  /** True when a command of the file speaks of this word: it may make a device of that name. */
  mentions(word: string): boolean {
    return this.words.has(word);
  }
}

function commandTexts(draft: Draft): string[] {
  const texts = draft.steps.flatMap((step) => (step.kind === 'run' ? [step.command] : []));
  for (const host of Object.values(draft.hosts)) texts.push(...host.run, ...Object.values(host.files));
  for (const network of Object.values(draft.networks)) texts.push(...Object.values(network.driverOpts));
  return texts;
}
