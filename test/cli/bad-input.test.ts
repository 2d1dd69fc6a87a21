import { describe, expect, it } from 'vitest';
import { runCli, scenarioFolder, spawnCli } from './run-cli.ts';

const HOSTS = `name: lab
hosts:
  host1: { interfaces: { eth0: { address: 10.0.0.1/24 } }, docker: {} }
  host2: { interfaces: { eth0: { address: 10.0.0.2/24 } }, docker: {} }
`;

const BOMB = Array.from({ length: 9 }, (_, i) => {
  const items = Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ');
  return `x-a${i}: &a${i} [${items}]\n`;
}).join('');

const cases: [what: string, text: string, place: string, message: RegExp, advice: RegExp][] = [
  ['a wrong key', `${HOSTS}netwroks: {}\n`, '5:1', /unknown key "netwroks"/, /did you mean "networks"\?/],
  [
    'a duplicate address',
    `${HOSTS.replace('0.2/24', '0.1/24')}links: { lan: { connects: [host1/eth0, host2/eth0] } }\n`,
    '4:43',
    /10\.0\.0\.1 is the address of host1\/eth0 already/,
    /give each its own address/,
  ],
  [
    'an overlapping subnet',
    `${HOSTS}networks:\n  a: { ipam: { config: [{ subnet: 10.9.0.0/16 }] } }\n  b: { ipam: { config: [{ subnet: 10.9.8.0/24 }] } }\n`,
    '7:35',
    /subnet 10\.9\.8\.0\/24 overlaps 10\.9\.0\.0\/16 of network "a"/,
    /choose another subnet/,
  ],
  [
    'an interface that does not exist',
    `${HOSTS}links: { lan: { connects: [host1/eth0, host2/eth5] } }\n`,
    '5:40',
    /host2 has no interface "eth5"/,
    /did you mean "eth0"\?/,
  ],
  [
    'a YAML syntax error',
    `${HOSTS}steps: [ "host1$ ls\n`,
    '6:1',
    /not valid YAML/,
    /quotes and brackets are closed/,
  ],
  ['an alias bomb', `${BOMB}name: lab\n`, '2:12', /aliases repeat too much/, /write out what the aliases/],
  [
    'a capture file outside the folder',
    `${HOSTS}captures:\n  - { on: host1/eth0, file: ../../x }\n`,
    '6:29',
    /"\.\.\/\.\.\/x" is not a capture file's name/,
    /write a name as underlay\.pcap/,
  ],
  [
    'a capture started by a step outside the folder',
    `${HOSTS}steps:\n  - capture start ../../x on host1/eth0\n`,
    '6:5',
    /"\.\.\/\.\.\/x" is not a capture file's name/,
    /write a name as underlay\.pcap/,
  ],
];

describe('bad input: one message with its place and what to do, exit 2, nothing written', () => {
  it.each(cases)('%s', async (_, text, place, message, advice) => {
    for (const command of ['run', 'validate']) {
      const { folder, file, names } = scenarioFolder(text);
      const out = command === 'run' ? ['--out', `${folder}/out`] : [];
      const result = await runCli([command, file, ...out]);
      expect(result.exitCode).toBe(2);
      expect(result.out).toBe('');
      const [first, source, caret, hint, ...rest] = result.err.trimEnd().split('\n');
      expect(first).toMatch(message);
      expect(first!.startsWith(`${file}:${place}: `), first).toBe(true);
      if (source!.includes(' | ')) {
        expect(caret).toMatch(/^ +\^$/);
        expect(hint).toMatch(advice);
        expect(rest).toEqual([]);
      } else {
        expect(source).toMatch(advice);
      }
      expect(names()).toEqual(['lab.yaml']);
    }
  });

  it('the same from a process of its own', () => {
    const { folder, names } = scenarioFolder(`${HOSTS}netwroks: {}\n`);
    const { status, stdout, stderr } = spawnCli(['run', 'lab.yaml'], folder);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'lab.yaml:5:1: unknown key "netwroks"\n  5 | netwroks: {}\n      ^\n  did you mean "networks"?\n',
    );
    expect(names()).toEqual(['lab.yaml']);
  });
});
