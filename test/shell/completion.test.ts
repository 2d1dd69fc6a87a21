import { describe, expect, it } from 'vitest';
import { completeLine } from '../../programs/shell/completion.ts';
import { bareHost } from './run-line.ts';

function complete(line: string, directory?: string) {
  const host = bareHost();
  host.fileSystem.writeText('/etc/hosts', '');
  host.fileSystem.writeText('/etc/hostname', '');
  host.fileSystem.writeText('/etc/docker/daemon.json', '');
  const context = {
    netns: host.initNamespace,
    fileSystem: host.fileSystem,
    uts: { hostname: 'box' },
    userland: 'debian',
  } as const;
  const { start, candidates } = completeLine(host, context, line, directory);
  return candidates.map((candidate) => line.slice(0, start) + candidate);
}

describe('completion', () => {
  it('completes commands where one is expected', () => {
    expect(complete('base')).toEqual(['base64', 'basename']);
    expect(complete('echo a | xar')).toEqual(['echo a | xargs']);
    expect(complete('if unam')).toEqual(['if uname']);
    expect(complete('x=$(unam')).toEqual(['x=$(uname']);
    expect(complete('uns')).toEqual(['unset']);
  });

  it('completes files elsewhere', () => {
    expect(complete('cat /etc/h')).toEqual(['cat /etc/hostname', 'cat /etc/hosts']);
    expect(complete('cat /etc/d')).toEqual(['cat /etc/docker/']);
    expect(complete('cat < ho', '/etc')).toEqual(['cat < hostname', 'cat < hosts']);
    expect(complete('cat docker/', '/etc')).toEqual(['cat docker/daemon.json']);
    expect(complete('cat nothing')).toEqual([]);
  });
});
