import { describe, expect, test } from 'vitest';
import { goJson } from '../../programs/docker/format/go-json.ts';
import { goPrintf } from '../../programs/docker/format/go-print.ts';
import type { GoValue } from '../../programs/docker/format/go-value.ts';
import { humanDuration, humanSize } from '../../programs/docker/format/human-duration.ts';
import { alignTable } from '../../programs/docker/format/table-writer.ts';
import { Template, TemplateError } from '../../programs/docker/format/template.ts';

const VALUE: GoValue = {
  Id: 'abc',
  Name: '/web',
  Args: ['-x', '-y'],
  Empty: [],
  Nothing: null,
  Running: true,
  Count: 3,
  Labels: new Map([
    ['zone', 'b'],
    ['app', 'a'],
  ]),
  Networks: new Map([['net1', { IPAddress: '10.0.0.2', Length: 24 }]]),
};

function apply(template: string): string {
  return new Template(template).execute(VALUE);
}

describe('Go templates', () => {
  // What text/template prints for these, by its documentation.
  test.each([
    ['{{.Name}}', '/web'],
    ['{{ .Name }}{{/* nothing */}}!', '/web!'],
    ['a  {{- .Name -}}  b', 'a/webb'],
    ['{{.ID}} {{$.ID}}', 'abc abc'],
    ['{{.Args}} {{.Labels}} {{.Running}}', '[-x -y] map[app:a zone:b] true'],
    ['{{.Labels.app}} {{.Labels.none}}', 'a <no value>'],
    ['{{json .Labels}}', '{"app":"a","zone":"b"}'],
    ['{{json .Args}}{{json .Nothing}}', '["-x","-y"]null'],
    ['{{join .Args ", "}} {{lower "ABC"}} {{upper .ID}} {{title "a b"}}', '-x, -y abc ABC A B'],
    ['{{len .Args}} {{index .Args 1}} {{index .Labels "app"}} {{slice .Name 1}}', '2 -y a web'],
    ['{{printf "%.2s|%5s|%-4d|%q" .ID .ID .Count .ID}}', 'ab|  abc|3   |"abc"'],
    ['{{range .Args}}<{{.}}>{{end}}{{range .Empty}}x{{else}}none{{end}}', '<-x><-y>none'],
    ['{{range $k, $v := .Networks}}{{$k}}={{$v.IPAddress}}/{{$v.Length}}{{end}}', 'net1=10.0.0.2/24'],
    ['{{range $i, $a := .Args}}{{$i}}{{end}}', '01'],
    ['{{if and .Running (eq .Count 3)}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .Empty}}a{{else if gt .Count 2}}b{{else}}c{{end}}', 'b'],
    ['{{with .Labels}}{{.zone}}{{$.Count}}{{end}}', 'b3'],
    ['{{$x := .Count}}{{$x}}{{with $y := .Name}}{{$y}}{{end}}', '3/web'],
    ['{{(index .Networks "net1").IPAddress}}', '10.0.0.2'],
    ['{{.Args | len | printf "%03d"}}', '002'],
    ['{{"quoted \\"text\\"\\n"}}{{`raw\\n`}}', 'quoted "text"\nraw\\n'],
    ['{{not .Empty}} {{or .Empty .Name}} {{ne 1 2}} {{le 1 1}}', 'true /web true true'],
    ['{{println "a" 1}}', 'a 1\n'],
    ['{{truncate .Name 2}}|{{pad .ID 1 2}}|{{split "a,b" ","}}', '/w| abc  |[a b]'],
  ])('%s', (template, expected) => {
    expect(apply(template)).toBe(expected);
  });

  test.each([
    ['{{.Name', 'template: :1: unclosed action'],
    ['{{if .Name}}x', 'template: :1: unexpected EOF'],
    ['x\n{{end}}', 'template: :2: unexpected {{end}}'],
    ['{{nope .Name}}', 'template: :1: function "nope" not defined'],
    ['{{.Id}}', `template: :1:2: executing "" at <.Id>: can't evaluate field Id in type struct`],
    [
      'ab\ncd {{index .Args 9}}',
      'template: :2:5: executing "" at <index>: error calling index: index out of range: 9',
    ],
    ['{{}}', 'template: :1: missing value for command'],
  ])('%s is refused', (template, message) => {
    expect(() => apply(template)).toThrowError(new TemplateError(message));
  });

  test('inspect falls back on the names of JSON, with keys sorted and missing ones an error', () => {
    const inspected = (template: string) => new Template(template).executeInspected(VALUE);
    expect(inspected('{{.Id}} {{json .Networks}}')).toBe('abc {"net1":{"IPAddress":"10.0.0.2","Length":24}}');
    expect(inspected('{{.Id}} {{json .}}')).toContain('{"Args":["-x","-y"],"Count":3');
    expect(inspected('{{json .}}')).toContain('{"Id":"abc","Name":"/web"');
    expect(() => inspected('{{.Labels.none.more}}')).toThrow('map has no entry for key "none"');
  });
});

test('printf says what is missing, too much or of the wrong kind', () => {
  expect(goPrintf('%d %s', [1])).toBe('1 %!s(MISSING)');
  expect(goPrintf('%s', ['a', 2])).toBe('a%!(EXTRA int=2)');
  expect(goPrintf('%d %s', ['a', 1])).toBe('%!d(string=a) %!s(int=1)');
  expect(goPrintf('100%% %05d %x', [42, 255])).toBe('100% 00042 ff');
});

test('JSON has empty maps and lists on one line and escapes nothing for HTML', () => {
  expect(goJson({ A: new Map(), B: [], C: '<&>', D: [1] }, 4)).toBe(
    '{\n    "A": {},\n    "B": [],\n    "C": "<&>",\n    "D": [\n        1\n    ]\n}',
  );
});

test('columns are as wide as their widest cell, at least ten', () => {
  expect(alignTable('ID\tNAME\n123456789012\tx\n')).toBe('ID             NAME\n123456789012   x\n');
  expect(alignTable('A\tB\tC\n')).toBe('A         B         C\n');
});

test('durations and sizes as people say them', () => {
  const spoken = [0.5, 1, 59, 60, 119, 120, 3599, 3600, 7200, 172_800].map((s) => humanDuration(s * 1e9));
  expect(spoken).toEqual([
    'Less than a second',
    '1 second',
    '59 seconds',
    'About a minute',
    'About a minute',
    '2 minutes',
    '59 minutes',
    'About an hour',
    '2 hours',
    '2 days',
  ]);
  expect([humanSize(999), humanSize(7_340_000), humanSize(187_000_000)]).toEqual(['999B', '7.34MB', '187MB']);
});
