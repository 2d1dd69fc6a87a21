import type { ProcessContext } from '../../core/host/process.ts';
import type { ShellMemory } from '../../programs/shell/shell-memory.ts';
import type { Where } from '../load/step.ts';
import type { Node } from '../run/nodes.ts';

/** Where lines are typed that no program reads. */
export interface Place {
  readonly kind: 'place';
  readonly where: Where;
}

/** The shells that were left open, one for each machine and container. */
export class PlaceShells {
  private readonly shells = new Map<string, { context: ProcessContext; memory: ShellMemory }>();

  /** What the lines before left behind there; nothing when the container is another one than before. */
  memoryOf(where: Where, node: Node): ShellMemory {
    const known = this.shells.get(where.text);
    const { netns, fileSystem } = node.context;
    if (known?.context.netns === netns && known.context.fileSystem === fileSystem) return known.memory;
    const memory: ShellMemory = { state: null, jobs: [] };
    this.shells.set(where.text, { context: node.context, memory });
    return memory;
  }

  /** The working directory there. */
  directoryOf(where: Where, node: Node): string {
    return this.memoryOf(where, node).state?.workingDirectory ?? '/';
  }
}
