import { describe, expect, test } from 'vitest';
import { FOLLOWED_RELEASES } from '../../drivers/engine-release.ts';
import { DockerLab } from './docker-lab.ts';

describe.each(FOLLOWED_RELEASES)('release %s', (release) => {
  const lab = new DockerLab({ release });

  test('says its own number everywhere', () => {
    const version = lab.out("docker version --format '{{.Server.Version}}'").trim();
    expect(version).toMatch(new RegExp(`^${release.replace('.', '\\.')}\\.\\d+$`));
    expect(lab.out("docker version --format '{{.Client.Version}}'").trim()).toBe(version);
    expect(lab.out("docker info --format '{{.ServerVersion}}'").trim()).toBe(version);
    expect(lab.out('docker info')).toContain(` Server Version: ${version}\n`);
    lab.out('docker swarm init --advertise-addr 127.0.0.1');
    expect(lab.out('docker node ls')).toMatch(new RegExp(`${version.replaceAll('.', '\\.')}\\s*$`));
    expect(lab.out('docker node inspect self')).toContain(`"EngineVersion": "${version}"`);
  });
});

test.each([
  ['20.10', '1.41 (minimum version 1.12)'],
  ['25.0', '1.44 (minimum version 1.24)'],
  ['28.0', '1.48 (minimum version 1.24)'],
  ['28.5', '1.51 (minimum version 1.24)'],
  ['29.0', '1.52 (minimum version 1.44)'],
  ['29.5', '1.54 (minimum version 1.40)'],
])('release %s speaks API %s', (release, versions) => {
  expect(new DockerLab({ release }).out('docker version')).toContain(`  API version:      ${versions}\n`);
});
