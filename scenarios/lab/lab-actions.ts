import { FilterError } from '../../core/capture/filter/filter-error.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { suggestion } from '../../programs/compose-file/suggest.ts';
import type { Scenario } from '../load/scenario.ts';
import type { CaptureManager } from '../run/capture-manager.ts';
import { StepActions, type InstantAction } from '../run/step-actions.ts';
import type { World } from '../run/world.ts';

/** Does what the words of steps say, when a file's checks have not looked at them before. */
export class LabActions {
  private readonly world: World;
  private readonly captures: CaptureManager;
  private readonly actions: StepActions;

  constructor(world: World, scenario: Scenario, captures: CaptureManager) {
    this.world = world;
    this.captures = captures;
    this.actions = new StepActions(world, scenario, captures);
  }

  /** Throws a FormatError for a word that is wrong, an UnknownNodeError for what is not there now. */
  apply(action: InstantAction): void {
    this.check(action);
    try {
      this.actions.apply(action);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw new FormatError(error.message, "write it in tcpdump's language, as udp port 53 or icmp");
    }
  }

  private check(action: InstantAction): void {
    switch (action.kind) {
      case 'link':
        known('link', action.link, this.world.links.keys());
        return;
      case 'host':
        known('host', action.host, this.world.hosts.keys());
        return;
      case 'capture-start':
        for (const { file } of action.captures) this.checkNew(file);
        return;
      case 'capture-stop':
        for (const name of action.names) {
          if (!this.captures.openFiles.includes(name)) known('open capture', name, this.openNames());
        }
        return;
      case 'kill':
        return;
    }
  }

  /** A file that was written is not overwritten in the same lab. */
  private checkNew(file: string): void {
    const files = [...this.captures.openFiles, ...this.captures.finished.map((each) => each.file)];
    if (!files.some((each) => each.toLowerCase() === file.toLowerCase())) return;
    throw new FormatError(`there is a capture ${file} already`, 'give each its own name');
  }

  private openNames(): string[] {
    return this.captures.openFiles.map((file) => file.replace(/\.pcap(?:ng)?$/, ''));
  }
}

function known(what: string, name: string, names: Iterable<string>): void {
  const all = [...names];
  if (all.includes(name)) return;
  throw new FormatError(`there is no ${what} "${name}"`, suggestion(name, all));
}
