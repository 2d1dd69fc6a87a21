import {
  LOG_IP_OPTIONS,
  LOG_MAC_DECODE,
  LOG_TCP_OPTIONS,
  LOG_TCP_SEQUENCE,
  LOG_UID,
  logPacket,
} from '../tables/log-packet.ts';
import { XT_CONTINUE, type MatchContext, type Target } from '../tables/match.ts';
import {
  FLAG,
  parseUnsigned,
  quoted,
  VALUE,
  type GivenOptions,
  type TargetExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'] as const;
const WARNING = 4;

const FLAG_OPTIONS = [
  ['log-tcp-sequence', LOG_TCP_SEQUENCE],
  ['log-tcp-options', LOG_TCP_OPTIONS],
  ['log-ip-options', LOG_IP_OPTIONS],
  ['log-uid', LOG_UID],
  ['log-macdecode', LOG_MAC_DECODE],
] as const;

/** `-j LOG` (xt_LOG.c): a line in the kernel log. */
export class LogTarget implements Target {
  readonly name = 'LOG';
  private readonly prefix: string;
  private readonly level: number;
  private readonly flags: number;

  constructor(given: GivenOptions) {
    this.prefix = given.value('log-prefix') ?? '';
    if (this.prefix.length > 29) throw new ParameterError('LOG: Maximum prefix length 29 for --log-prefix');
    this.level = parseLevel(given.value('log-level') ?? String(WARNING));
    let flags = 0;
    for (const [name, bit] of FLAG_OPTIONS) if (given.has(name)) flags |= bit;
    this.flags = flags;
  }

  run(context: MatchContext): number {
    logPacket(context, this.prefix, this.flags);
    return XT_CONTINUE;
  }

  save(): string {
    let text = this.prefix === '' ? '' : ` --log-prefix${quoted(this.prefix)}`;
    if (this.level !== WARNING) text += ` --log-level ${this.level}`;
    for (const [name, bit] of FLAG_OPTIONS) if ((this.flags & bit) !== 0) text += ` --${name}`;
    return text;
  }

  list(numeric: boolean): string {
    let text = ' LOG';
    text += numeric ? ` flags ${this.flags} level ${this.level}` : ` level ${LEVELS[this.level]}`;
    if (this.prefix !== '') text += ` prefix "${this.prefix}"`;
    if (!numeric) {
      if ((this.flags & LOG_TCP_SEQUENCE) !== 0) text += ' tcp-sequence';
      if ((this.flags & LOG_TCP_OPTIONS) !== 0) text += ' tcp-options';
      if ((this.flags & LOG_IP_OPTIONS) !== 0) text += ' ip-options';
      if ((this.flags & LOG_UID) !== 0) text += ' uid';
      if ((this.flags & LOG_MAC_DECODE) !== 0) text += ' macdecode';
    }
    return text;
  }
}

function parseLevel(text: string): number {
  if (/^\d+$/.test(text)) return parseUnsigned('LOG', 'log-level', text, 7);
  const names: Readonly<Record<string, string>> = { panic: 'emerg', err: 'error', warn: 'warning' };
  const level = (LEVELS as readonly string[]).indexOf(names[text.toLowerCase()] ?? text.toLowerCase());
  if (level < 0) throw new ParameterError(`log-level "${text}" unknown`);
  return level;
}

export const logExtension: TargetExtension = {
  name: 'LOG',
  options: {
    'log-level': VALUE,
    'log-prefix': VALUE,
    ...Object.fromEntries(FLAG_OPTIONS.map(([name]) => [name, FLAG])),
  },
  build: (given) => new LogTarget(given),
};
