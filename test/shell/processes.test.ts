import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIGINT, SIGTERM, type Process, type ProcessContext } from '../../core/host/process.ts';
import { Pipe, TextBuffer } from '../../core/host/streams.ts';
import type { Host } from '../../core/host/host.ts';
import { sh } from '../../programs/shell/sh.ts';
import { bareHost, runLine } from './run-line.ts';

const SECOND = 1e9;

/** Starts a line and does something to it after a second. */
function signalled(line: string, act: (process: Process, host: Host) => void, until = 1000) {
  return runLine(line, { until, started: (process, host) => host.sim.at(SECOND, () => act(process, host)) });
}

describe('processes of the shell', () => {
  it('waits for what it started, in simulated time', () => {
    expect(runLine('sleep 2; sleep 0.5')).toMatchObject({ exit: 0, seconds: 2.5 });
    expect(runLine('sleep 2 | sleep 3')).toMatchObject({ seconds: 3 });
    expect(runLine('sleep 2 & sleep 3; wait')).toMatchObject({ seconds: 3 });
    expect(runLine('sleep 2 & sleep 1; wait $!')).toMatchObject({ seconds: 2 });
    expect(runLine('timeout 3 sleep 10')).toMatchObject({ exit: 124, seconds: 3 });
    expect(runLine('timeout 3 sleep 10', { userland: 'busybox' })).toMatchObject({ exit: 143, seconds: 3 });
    expect(runLine('read -t 2 x < /dev/stdin; echo $?', { stdin: '' }).stdout).toBe('1\n');
  });

  it('passes lines on as they are written', () => {
    const { stdout } = runLine('(echo a; sleep 5; echo b) | while read l; do echo $l $(date +%S); done');
    expect(stdout).toBe('a 00\nb 05\n');
    expect(runLine('(echo a; sleep 5; echo b) | grep -n "" | while read l; do date +%S; done').stdout).toBe(
      '00\n05\n',
    );
  });

  it('ends a writer whose reader has gone', () => {
    const result = runLine('(echo a; sleep 1; echo b; sleep 50; echo c) | head -1');
    expect(result.stdout).toBe('a\n');
    // The second line is what SIGPIPE comes for.
    expect(result.seconds).toBe(1);
    expect(runLine('yes | head -1; set -o pipefail; yes | head -1 >/dev/null; echo $?').stdout).toBe(
      'y\n141\n',
    );
  });

  it('keeps a pipe open while a background process holds it', () => {
    expect(runLine('{ (sleep 3; echo late) & echo early; } | cat').stdout).toBe('early\nlate\n');
  });

  it('sends SIGINT to the foreground and ends with 130', () => {
    const result = signalled('sleep 100; echo after', (process) => process.kill(SIGINT));
    expect(result).toMatchObject({ stdout: '', exit: 130, seconds: 1 });
    expect(signalled('sleep 100 | cat', (process) => process.kill(SIGINT))).toMatchObject({
      exit: 130,
      seconds: 1,
    });
    expect(signalled('wait & wait; while :; do :; done', (process) => process.kill(SIGINT)).exit).toBe(130);
    expect(signalled('x=$(sleep 100)', (process) => process.kill(SIGINT))).toMatchObject({
      exit: 130,
      seconds: 1,
    });
  });

  it('takes its foreground children with it when it is killed, and leaves the background', () => {
    let left: string[] = [];
    const result = signalled('sleep 200 & (sleep 100; echo x) | cat', (process, host) => {
      process.kill(SIGTERM);
      left = host.processes.list().map((each) => each.argv.join(' '));
    });
    expect(result.exit).toBe(143);
    expect(left.filter((argv) => argv === 'sleep 100')).toEqual([]);
    expect(left.filter((argv) => argv === 'sleep 200')).toEqual(['sleep 200']);
  });

  it('lets a background process outlive the shell', () => {
    const result = runLine(
      "sh -c '(sleep 5; echo late) >/tmp/late 2>&1 &'; date +%S; sleep 6; cat /tmp/late",
    );
    expect(result.stdout).toBe('00\nlate\n');
  });

  it('can be killed by its own hand', () => {
    expect(runLine('kill $$; echo no')).toMatchObject({ stdout: '', exit: 143 });
    expect(runLine('kill -9 $$; echo no')).toMatchObject({ stdout: '', exit: 137 });
    expect(runLine("sh -c 'pkill -f ^sleep.100' & sleep 100; echo $?").stdout).toBe('143\n');
  });

  it('lets a program take the place of a shell that has nothing left to do', () => {
    expect(runLine('sleep 9 & kill -9 $!; wait $!; echo $?').stdout).toBe('137\n');
    expect(runLine('exec echo a; echo b').stdout).toBe('a\n');
    expect(runLine('echo lost | cat >/tmp/x 2>&1 | wc -c; cat /tmp/x').stdout).toBe('0\nlost\n');
    expect(runLine('sleep 50 >/dev/null | cat; date +%S')).toMatchObject({ stdout: '50\n' });
    expect(runLine('(sleep 50 >/dev/null; echo) | (cat; date +%S)', { until: 100 }).stdout).toBe('\n50\n');
    expect(runLine('f() { cat; echo two; }; echo one | f | cat').stdout).toBe('one\ntwo\n');
  });

  it('does not hang the simulation with an endless loop', () => {
    expect(runLine('while true; do :; done', { until: 0.5 }).exit).toBe(null);
    expect(runLine('timeout 1 sh -c "while :; do :; done"; echo $?').stdout).toBe('124\n');
    expect(runLine('f() { f; }; f; echo no')).toMatchObject({ stdout: '', exit: 2 });
    expect(runLine('x=$(yes); echo ${#x}', { until: 60 }).exit).toBe(0);
  });

  it('runs the files of the machine as scripts', () => {
    const files = { '/root/a.sh': '#!/bin/sh\necho "$0 $1 $#"\nexit 6\n', '/root/plain': 'text\n' };
    const result = runLine('cd /root; ./a.sh x y; echo $?; sh a.sh; ./plain; echo $?', { files });
    expect(result.stdout).toBe('./a.sh x 2\n6\na.sh  0\n126\n');
    expect(result.stderr).toContain('./plain: Permission denied');
  });

  it('writes the kernel’s files as they are and does not empty them', () => {
    const writes: string[] = [];
    const result = runLine('echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 >> /proc/sys/net/nope', {
      started: (_process, host) =>
        host.fileSystem.define('/proc/sys/net/ipv4/ip_forward', {
          read: () => '0\n',
          write: (text) => writes.push(text),
        }),
    });
    expect(writes).toEqual(['1\n']);
    expect(result.exit).toBe(1);
  });

  it('reads and sets the host name', () => {
    expect(runLine('hostname; hostname new; hostname; uname -n').stdout).toBe('box\nnew\nnew\n');
  });

  it('begins on 1 January 2026', () => {
    expect(runLine('date; sleep 1d; sleep 59d; date "+%F %T %j %a"; date +%s', { until: 1e7 }).stdout).toBe(
      'Thu Jan  1 00:00:00 UTC 2026\n2026-03-02 00:00:00 061 Mon\n1772409600\n',
    );
  }, 10_000);

  it('gives the same output for the same line', () => {
    const words = fc.constantFrom(
      'echo a',
      'false',
      'seq 3',
      'sleep 0.1',
      'cat',
      'x=$(echo q)',
      '(exit 2)',
      'echo $?$!',
      'head -1',
      'yes | head -2',
    );
    const joins = fc.constantFrom(' | ', '; ', ' && ', ' || ', ' & ');
    const line = fc.array(fc.tuple(words, joins), { minLength: 1, maxLength: 6 });
    const text = line.map((parts) => parts.map(([word, join], i) => (i === 0 ? word : join + word)).join(''));
    fc.assert(
      fc.property(text, (each) => {
        expect(runLine(each)).toEqual(runLine(each));
      }),
      { numRuns: 60 },
    );
  });
});

/** A shell reading what a person types, one entry a second. */
function type(lines: readonly string[], interactive: boolean) {
  const host = bareHost();
  const context: ProcessContext = {
    netns: host.initNamespace,
    fileSystem: host.fileSystem,
    uts: { hostname: 'box' },
    userland: 'busybox',
  };
  const pipe = new Pipe();
  const stdin = Object.assign(pipe, { isTerminal: interactive });
  const stdout = new TextBuffer();
  const process = host.processes.spawn(sh, { context, argv: ['sh'], stdin, stdout, stderr: stdout });
  for (const [i, line] of lines.entries()) {
    host.sim.at((i + 1) * SECOND, () => {
      if (line === '^C') process.kill(SIGINT);
      else if (line === '^D') pipe.close();
      else pipe.write(`${line}\n`);
    });
  }
  host.sim.run(1000 * SECOND);
  return { output: stdout.text, exit: process.exitCode };
}

describe('a shell that reads its input', () => {
  it('runs each command as it is complete', () => {
    const lines = ['echo a', 'for i in 1 2', 'do echo $i', 'done', 'cat <<E', 'x', 'E', 'exit 4', 'echo no'];
    expect(type(lines, false)).toEqual({ output: 'a\n1\n2\nx\n', exit: 4 });
  });

  it('prompts a person, survives mistakes and Ctrl-C', () => {
    const lines = [
      'echo "a',
      'b"',
      'echo )',
      'foo',
      'sleep 100',
      '^C',
      'echo $?',
      '^C',
      'x=1',
      'echo $x',
      '^D',
    ];
    const { output, exit } = type(lines, true);
    expect(output).toBe(
      '/ # > a\nb\n/ # sh: syntax error: unexpected ")"\n/ # sh: foo: not found\n/ # / # 130\n/ # \n/ # / # 1\n/ # ',
    );
    expect(exit).toBe(0);
  });

  it('leaves the rest of the input to the commands it runs', () => {
    expect(type(['read x', 'hello', 'echo got $x', '^D'], false).output).toBe('got hello\n');
  });
});
