import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { EngineEvent } from '../../../drivers/engine/event-log.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';

/** Times are of the simulation; `--since 0` shows what happened before. Not modelled: filters, formats. */
export const events: DockerCommand = {
  names: ['events'],
  shortcuts: ['events'],
  usage: '[OPTIONS]',
  summary: 'Get real time events from the server',
  flags: [
    { name: 'since', kind: 'string', usage: 'Show all events created since timestamp' },
    { name: 'until', kind: 'string', usage: 'Stream events until this timestamp' },
  ],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    let shown = flags.has('since') ? 0 : engine.events.count;
    for (;;) {
      for (const event of engine.events.after(shown)) proc.print(eventText(event));
      shown = engine.events.count;
      if (flags.has('until')) return 0;
      yield* proc.wait(engine.events.happened);
    }
  },
};

function eventText({ timeNs, type, action, actorId, attributes }: EngineEvent): string {
  const details = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return `${rfc3339(timeNs)} ${type} ${action} ${actorId} (${details.join(', ')})\n`;
}
