import { SIGINT } from '../../core/host/process.ts';

/** `exit`, or an error that ends the shell: unwinds to the top. */
export class ShellExit {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** SIGINT: ends the shell, at a prompt only the command. */
export class Interrupted extends ShellExit {
  constructor() {
    super(128 + SIGINT);
  }
}

/** `return`: unwinds to the function or sourced file. */
export class FunctionReturn {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** `break` and `continue`: unwinds to the loop. */
export class LoopJump {
  readonly kind: 'break' | 'continue';
  /** Loops still to leave. */
  levels: number;

  constructor(kind: 'break' | 'continue', levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}
