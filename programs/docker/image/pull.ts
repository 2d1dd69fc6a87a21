import { exactly, type DockerCommand } from '../docker-command.ts';

/** Registries are not modelled: every image is there, and pulling one says so. */
export const pull: DockerCommand = {
  names: ['pull'],
  shortcuts: ['pull'],
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Pull an image or a repository from a registry',
  flags: [
    { name: 'all-tags', short: 'a', kind: 'bool' },
    { name: 'platform', kind: 'string' },
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Suppress verbose output' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const image = engine.images.get(operands[0]!);
    const path = image.repository.includes('/') ? image.repository : `library/${image.repository}`;
    const reference = `docker.io/${path}:${image.tag}`;
    if (!flags.bool('quiet')) {
      const tagGiven = /:[^/]+$/.test(operands[0]!);
      if (!tagGiven) proc.print(`Using default tag: ${image.tag}\n`);
      proc.print(`${image.tag}: Pulling from ${path}\nDigest: sha256:${image.id}\n`);
      proc.print(`Status: Image is up to date for ${image.repository}:${image.tag}\n`);
    }
    proc.print(`${reference}\n`);
    return 0;
  },
};
