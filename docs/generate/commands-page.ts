import { createProgramRegistry } from '../../programs/registry.ts';
import { COMMAND_TEXT } from './command-text.ts';

const HEAD = `# Commands

<!-- Written by docs/generate.ts from the registry of programs: change the sources, not this page. -->

The programs that a step, a container or a host's \`run\` may start. They take the options of the programs of the same
name, and print what those print.

Scope and limits: an option or a subcommand that is not modelled ends the command with a message that says so and an
exit code other than 0. Nothing is ignored in silence. A name that is not here is "command not found", exit code 127.
An image decides which of them a container has.

| Names | What it is |
| --- | --- |
`;

/** The page of programs: one row for each, with all the names it is started by. */
export function commandsPage(): string {
  return (
    HEAD +
    programNames()
      .map((names) => `| ${names.map((name) => `\`${name}\``).join(' ')} | ${text(names)} |\n`)
      .join('')
  );
}

/** The names of each program, in the order of the first. */
export function programNames(): string[][] {
  const registry = createProgramRegistry();
  const byProgram = new Map<unknown, string[]>();
  for (const name of registry.names()) {
    const program = registry.find(name);
    const names = byProgram.get(program);
    if (names === undefined) byProgram.set(program, [name]);
    else names.push(name);
  }
  return [...byProgram.values()];
}

function text(names: readonly string[]): string {
  const named = names.find((name) => COMMAND_TEXT[name] !== undefined);
  return named === undefined ? '' : COMMAND_TEXT[named]!;
}
