import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { goTimeString } from '../../../drivers/docker-time.ts';
import { shortId } from '../../../drivers/identifiers.ts';
import { humanDuration, humanSize } from '../format/human-duration.ts';
import { formatList } from '../format/list-format.ts';
import { formatFlag } from '../list-flags.ts';

const FORMAT = {
  table: '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}',
  quiet: '{{.ID}}',
  headers: {
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    ID: 'IMAGE ID',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Digest: 'DIGEST',
    Size: 'SIZE',
  },
};

export const ls: DockerCommand = {
  names: ['ls', 'list'],
  shortcuts: ['images'],
  usage: '[OPTIONS]',
  summary: 'List images',
  flags: [
    { name: 'all', short: 'a', kind: 'bool', usage: 'Show all images (default hides intermediate images)' },
    formatFlag('images'),
    { name: 'no-trunc', kind: 'bool', usage: "Don't truncate output" },
    { name: 'quiet', short: 'q', kind: 'bool', usage: 'Only show image IDs' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const rows = engine.images.list().map((image) => ({
      Repository: image.repository,
      Tag: image.tag,
      ID: flags.bool('no-trunc') ? `sha256:${image.id}` : shortId(image.id),
      CreatedSince: `${humanDuration(engine.host.nowNs() - engine.startedNs)} ago`,
      CreatedAt: goTimeString(engine.startedNs),
      Digest: '<none>',
      Size: humanSize(image.sizeBytes),
    }));
    proc.print(formatList(flags, FORMAT, rows));
    return 0;
  },
};
