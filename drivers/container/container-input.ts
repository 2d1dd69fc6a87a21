import { AwaitedInput } from '../../core/host/terminal-input.ts';

/** Standard input of a process in a container: a pipe or a terminal that a docker client feeds. */
export class ContainerInput extends AwaitedInput {
  readonly isTerminal: boolean;

  constructor(isTerminal: boolean) {
    super();
    this.isTerminal = isTerminal;
  }
}
