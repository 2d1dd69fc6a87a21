import { describe, expect, it } from 'vitest';
import { COMMAND_LINES } from './command-lines.ts';
import { runLine } from './run-line.ts';

describe('command lines', () => {
  for (const [line, stdout, exit = 0] of COMMAND_LINES) {
    it(line, () => {
      const result = runLine(line);
      expect({ stdout: result.stdout, exit: result.exit }).toEqual({ stdout, exit });
    });
  }
});

/** What each shell and userland says when something is wrong. */
const COMPLAINTS: readonly [
  shell: string,
  userland: 'busybox' | 'debian',
  line: string,
  stderr: string,
  exit: number,
][] = [
  ['sh', 'busybox', 'foo', 'sh: foo: not found\n', 127],
  ['sh', 'debian', 'foo', 'sh: 1: foo: not found\n', 127],
  ['bash', 'debian', 'foo', 'bash: line 1: foo: command not found\n', 127],
  ['bash', 'debian', 'true\nfoo', 'bash: line 2: foo: command not found\n', 127],
  ['sh', 'busybox', 'echo x > /no/such', "sh: can't create /no/such: nonexistent directory\n", 1],
  ['sh', 'debian', 'echo x > /no/such', 'sh: 1: cannot create /no/such: Directory nonexistent\n', 2],
  ['bash', 'debian', 'echo x > /no/such', 'bash: line 1: /no/such: No such file or directory\n', 1],
  ['sh', 'busybox', 'cat < nope', "sh: can't open nope: no such file\n", 1],
  ['sh', 'debian', 'cat < nope', 'sh: 1: cannot open nope: No such file\n', 2],
  ['sh', 'busybox', 'echo a (', 'sh: syntax error: unexpected "("\n', 2],
  ['sh', 'debian', 'echo a (', 'sh: 1: Syntax error: "(" unexpected\n', 2],
  ['bash', 'debian', 'echo a (', "bash: -c: line 1: syntax error near unexpected token `('\n", 2],
  ['sh', 'busybox', "echo 'x", 'sh: syntax error: unterminated quoted string\n', 2],
  ['sh', 'debian', 'echo "x', 'sh: 1: Syntax error: Unterminated quoted string\n', 2],
  ['sh', 'debian', 'cd /nope', "sh: 1: cd: can't cd to /nope\n", 2],
  ['sh', 'busybox', 'cd /nope', "sh: cd: can't cd to /nope: No such file or directory\n", 1],
  ['bash', 'debian', 'cd /nope', 'bash: line 1: cd: /nope: No such file or directory\n', 1],
  ['sh', 'busybox', 'cat x', "cat: can't open 'x': No such file or directory\n", 1],
  ['sh', 'debian', 'cat x', 'cat: x: No such file or directory\n', 1],
  ['sh', 'busybox', 'ls x', 'ls: x: No such file or directory\n', 1],
  ['sh', 'debian', 'ls x', "ls: cannot access 'x': No such file or directory\n", 2],
  ['sh', 'debian', 'head x', "head: cannot open 'x' for reading: No such file or directory\n", 1],
  ['sh', 'busybox', 'rm x', "rm: can't remove 'x': No such file or directory\n", 1],
  ['sh', 'debian', 'rm x', "rm: cannot remove 'x': No such file or directory\n", 1],
  ['sh', 'debian', '/etc', 'sh: 1: /etc: Permission denied\n', 126],
  ['bash', 'debian', '/etc', 'bash: line 1: /etc: Is a directory\n', 126],
  ['sh', 'busybox', 'cut -Z', 'cut: unrecognized option: Z\n', 1],
  ['sh', 'debian', 'cut -Z', "cut: invalid option -- 'Z'\n", 1],
  ['sh', 'debian', 'head -n', "head: option requires an argument -- 'n'\n", 1],
  ['sh', 'debian', 'sort --nope', "sort: unrecognized option '--nope'\n", 2],
  ['sh', 'debian', 'tail -f /etc', 'tail: following a file (-f) is not modelled\n', 1],
  ['bash', 'debian', '[[ a = a ]]', 'bash: -c: line 1: syntax error: [[ is not supported\n', 2],
  ['sh', 'busybox', 'kill 99999', "sh: kill: can't kill pid 99999: No such process\n", 1],
];

describe('complaints', () => {
  it.each(COMPLAINTS)('%s on %s: %s', (name, userland, line, stderr, exit) => {
    const result = runLine(line, { name, userland });
    expect({ stderr: result.stderr, exit: result.exit }).toEqual({ stderr, exit });
  });
});
