import type { Command } from './ast.ts';

export interface ShellVariable {
  value: string;
  exported: boolean;
  readonly: boolean;
}

/** What a subshell gets a copy of. */
export class ShellState {
  readonly variables = new Map<string, ShellVariable>();
  readonly functions = new Map<string, Command>();
  /** $1, $2 … */
  positional: string[] = [];
  /** $0, and the name before a complaint. */
  name: string;
  /** $?: the exit code of the last pipeline. */
  status = 0;
  /** $$: a subshell keeps its parent's. */
  shellPid: number;
  /** $! as text, '' when nothing was put in the background. */
  backgroundPid = '';
  options = { errexit: false, nounset: false, xtrace: false, noglob: false, pipefail: false };

  constructor(name: string, shellPid: number) {
    this.name = name;
    this.shellPid = shellPid;
  }

  copy(): ShellState {
    const copy = new ShellState(this.name, this.shellPid);
    for (const [name, variable] of this.variables) copy.variables.set(name, { ...variable });
    for (const [name, body] of this.functions) copy.functions.set(name, body);
    copy.positional = [...this.positional];
    copy.status = this.status;
    copy.backgroundPid = this.backgroundPid;
    copy.options = { ...this.options };
    return copy;
  }

  /** The value of a variable or special parameter; undefined when unset. */
  get(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.shellPid);
      case '!':
        return this.backgroundPid;
      case '#':
        return String(this.positional.length);
      case '0':
        return this.name;
      case '-':
        return `${this.options.errexit ? 'e' : ''}${this.options.nounset ? 'u' : ''}${this.options.xtrace ? 'x' : ''}`;
      case '@':
      case '*':
        return this.positional.length === 0 ? undefined : this.positional.join(' ');
    }
    if (/^\d+$/.test(name)) return this.positional[Number(name) - 1];
    return this.variables.get(name)?.value;
  }

  /** Sets a variable; throws `ShellError` when it is read-only. */
  set(name: string, value: string): void {
    const variable = this.variables.get(name);
    if (variable === undefined) {
      this.variables.set(name, { value, exported: false, readonly: false });
      return;
    }
    if (variable.readonly) throw new ShellError(`${name}: is read only`, 2);
    variable.value = value;
  }

  unset(name: string): void {
    if (this.variables.get(name)?.readonly === true) throw new ShellError(`${name}: is read only`, 2);
    this.variables.delete(name);
  }

  export(name: string): void {
    const variable = this.variables.get(name);
    if (variable !== undefined) variable.exported = true;
    else this.variables.set(name, { value: '', exported: true, readonly: false });
  }

  /** What a child process is given. */
  environment(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const [name, { value, exported }] of this.variables) if (exported) environment.set(name, value);
    return environment;
  }

  get workingDirectory(): string {
    return this.variables.get('PWD')?.value ?? '/';
  }
}

/** An error of the shell itself: it prints the message and gives up what it was doing. */
export class ShellError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
