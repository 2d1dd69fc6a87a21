import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwkError } from '../../programs/text/awk/syntax.ts';
import { AwkInterpreter } from '../../programs/text/awk/interpreter.ts';
import { parseAwk } from '../../programs/text/awk/parser.ts';
import { JqError } from '../../programs/text/jq/filter.ts';
import { compileJq } from '../../programs/text/jq/parser.ts';
import { compileRegularExpression, RegularExpressionError } from '../../programs/text/regular-expression.ts';
import { parseSed, SedError } from '../../programs/text/sed-script.ts';
import { runLine } from './run-line.ts';

/** Uses that are refused, and by what name. */
const REFUSED: readonly [line: string, stderr: RegExp][] = [
  ["awk 'function f(x) {return x}'", /function is not modelled/],
  ["awk '{getline; print}'", /getline is not modelled/],
  ['awk \'BEGIN{print 1 > "f"}\'', /redirecting print with > is not modelled/],
  ['awk \'BEGIN{system("ls")}\'', /function system is not modelled/],
  ["awk '{print'", /syntax error/],
  ["echo | sed ':a;b a'", /command `:' is not modelled/],
  ["echo | sed 's/a/b'", /unterminated/],
  ["echo | sed 's/a/b/z'", /unknown option to `s'/],
  ["echo '{}' | jq 'reduce .[] as $x (0; .+1)'", /reduce is not modelled/],
  ["echo '{}' | jq '.a as $x | $x'", /syntax error/],
  ["echo '{}' | jq '.foo('", /syntax error/],
  ["echo '{}' | jq nosuch", /nosuch\/0 is not defined/],
  ["echo '{' | jq .", /Invalid JSON/],
  ["echo 1 | jq '.[]'", /Cannot iterate over number \(1\)/],
  ['watch ls', /not modelled/],
  ['ln a b', /hard links are not modelled/],
  ['column', /only tables \(-t\) are modelled/],
];

describe('tools', () => {
  it.each(REFUSED)('%s is refused', (line, stderr) => {
    const result = runLine(line);
    expect(result.stderr).toMatch(stderr);
    expect(result.exit).not.toBe(0);
  });

  it('answers the queries of the recordings', () => {
    const link = '5: eth0@if6: <BROADCAST,MULTICAST,UP> mtu 1500\\    link/ether 02:42:ac:11:00:02\n';
    const files = { '/link': link, '/mac': 'host fd20 42 172.17.0.2:8080 x\n' };
    expect(runLine("sed -n 's/.*eth[0-9]*@if\\([0-9]*\\):.*/\\1/p' /link", { files }).stdout).toBe('6\n');
    expect(runLine(`awk -F'[: @]+' -v n=5 '$1==n{print $2}' /link`, { files }).stdout).toBe('eth0\n');
    expect(runLine(`awk '{split($4,a,":"); print a[2]}' /mac`, { files }).stdout).toBe('8080\n');
    expect(runLine("printf 'a [d]x\\ndx\\n' | grep '[d]x'").stdout).toBe('dx\n');
  });

  it('finds its way in what docker inspect prints', () => {
    const inspect = JSON.stringify([
      {
        Name: '/web',
        NetworkSettings: { Networks: { net1: { IPAddress: '172.18.0.2', Aliases: null } }, Ports: {} },
      },
    ]);
    const jq = (filter: string) => runLine(`jq ${filter} /i`, { files: { '/i': inspect } }).stdout;
    expect(jq("-r '.[0].NetworkSettings.Networks.net1.IPAddress'")).toBe('172.18.0.2\n');
    expect(jq("-r '.[].NetworkSettings.Networks | keys[]'")).toBe('net1\n');
    expect(jq("-c '.[0].NetworkSettings.Networks | to_entries | map({(.key): .value.IPAddress})'")).toBe(
      '[{"net1":"172.18.0.2"}]\n',
    );
    expect(jq('\'.[0].NetworkSettings.Networks["net1"].Aliases, .[0].NetworkSettings.Ports\'')).toBe(
      'null\n{}\n',
    );
    expect(jq('-r \'.[] | .Name[1:] + " " + (.NetworkSettings.Networks|length|tostring)\'')).toBe('web 1\n');
    expect(runLine('echo \'{"__proto__":1,"a":2}\' | jq -c \'., .__proto__, (.b // "none")\'').stdout).toBe(
      '{"__proto__":1,"a":2}\n1\n"none"\n',
    );
  });

  it('shows processes as the userland does', () => {
    expect(runLine('sleep 5 & ps', { userland: 'busybox' }).stdout).toMatch(
      /^PID {3}USER {5}TIME {2}COMMAND\n( +\d+ root {6}0:00 .+\n)+/,
    );
    expect(runLine("sleep 5 & ps ax | grep '[s]leep 5' | wc -l").stdout).toBe('1\n');
    expect(runLine('sleep 7 & test "$(pidof sleep)" = $! && echo same').stdout).toBe('same\n');
  });

  it('counts as busybox and as coreutils do', () => {
    expect(runLine("printf 'a b\\nc\\n' | wc", { userland: 'busybox' }).stdout).toBe(
      '        2        3        6\n',
    );
    expect(runLine("printf 'a b\\nc\\n' | wc").stdout).toBe('      2       3       6\n');
    expect(runLine('printf äö | wc -c; printf äö | wc -m').stdout).toBe('4\n2\n');
  });

  const program = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          ...'{ } ( ) [ ] / // \\ " \' $ . , ; | || && = == ~ s y p d 1 2 a b print for in if else - + ++ : ? * ^ \n'.split(
            ' ',
          ),
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join('')),
  );

  it('refuses what it cannot parse with an error of its own, whatever the text', () => {
    const tolerates = (run: (text: string) => unknown, ...errors: (new (message?: string) => Error)[]) =>
      fc.assert(
        fc.property(program, (text) => {
          try {
            run(text);
          } catch (error) {
            if (!errors.some((expected) => error instanceof expected)) throw error;
          }
        }),
        { numRuns: 3000 },
      );
    tolerates((text) => {
      const interpreter = new AwkInterpreter(parseAwk(text), () => {});
      interpreter.processRecord('a b 3');
    }, AwkError);
    tolerates((text) => compileJq(text)({ a: [1, 'x', null] }), JqError);
    tolerates((text) => parseSed(text, true), SedError);
    tolerates((text) => compileRegularExpression(text, true, ''), RegularExpressionError);
    tolerates((text) => compileRegularExpression(text, false, ''), RegularExpressionError);
  });
});
