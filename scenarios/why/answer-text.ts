import type { DropGroup, DropOverview, LifeStep, PacketLife, PacketLives, WhyAnswer } from './life.ts';
import { ruleText } from './drop-context.ts';

export interface TextOptions {
  /** How the run is called on the command line, for hints. */
  readonly run: string;
  /** Routine drops too; of a life, also what changes nothing: ends of chains and policies that accept. */
  readonly all: boolean;
}

/** An answer for a person. */
export function answerText(answer: WhyAnswer, options: TextOptions): string {
  const lines = answer.kind === 'overview' ? overviewLines(answer, options) : livesLines(answer, options);
  return `${lines.join('\n')}\n`;
}

function overviewLines({ created, dropped, groups }: DropOverview, { run, all }: TextOptions): string[] {
  const said = groups.filter(({ isRoutine }) => !isRoutine);
  const routine = groups.filter(({ isRoutine }) => isRoutine);
  const count = said.reduce((sum, group) => sum + group.count, 0);
  const lines = [`${run}: ${created} packets and copies, ${count} dropped`, ''];
  for (const group of all ? groups : said) lines.push(...groupLines(group), '');
  const rest = dropped - count;
  if (rest > 0 && !all) {
    const reasons = [...new Set(routine.map(({ reason }) => reason))].join(', ');
    lines.push(`Not counted: ${rest} that nobody wanted, as copies of flooded frames (${reasons}).`);
    lines.push('They are part of a network that works; --all lists them.', '');
  }
  const example = said[0] ?? (all ? routine[0] : undefined);
  if (example !== undefined) {
    lines.push(`The life of one of them:  dockwire why ${run} --packet ${example.first.packet}`);
  }
  lines.push(`Of packets by a filter:   dockwire why ${run} 'tcp port 80'`);
  return lines;
}

function groupLines(group: DropGroup): string[] {
  const { count, reason, meaning, namespace, device, rule, packets, first, firstNs, lastNs } = group;
  const where = device === null ? namespace : `${namespace}, ${device}`;
  const when =
    firstNs === lastNs
      ? `at ${timeText(firstNs)} s`
      : `from ${timeText(firstNs)} s to ${timeText(lastNs)} s; the first is`;
  return [
    `${count} × ${packets}`,
    `    ${where}: ${reason}${rule === null ? '' : ` by ${ruleText(rule)}`}`,
    ...(rule === null ? [`    dropped because ${meaning}`] : []),
    `    ${when} packet ${first.packet}`,
  ];
}

function livesLines({ matched, packets }: PacketLives, { run, all }: TextOptions): string[] {
  if (matched === 0) return ['no packet of the run is like that'];
  const lines = packets.flatMap((life) => [...lifeLines(life, all), '']);
  const more = matched - packets.length;
  if (more > 0) {
    lines.push(
      `${more} more of ${matched}; --limit ${matched} shows all, --packet N one:  dockwire why ${run} …`,
    );
  } else lines.pop();
  return lines;
}

function lifeLines({ packet, text, madeBy, cause, steps, stepsLeftOut }: PacketLife, all: boolean): string[] {
  const shown = all ? steps : steps.filter(isTelling);
  const width = Math.max(...shown.map(({ namespace }) => namespace.length));
  const lines = [`packet ${packet}: ${text}`];
  if (madeBy !== null) lines.push(`  sent by ${madeBy}`);
  else if (cause !== null) lines.push(`  sent by the kernel because of packet ${cause}`);
  let time = '';
  let place = '';
  for (const step of shown) {
    const now = timeText(step.timeNs);
    const isSame = now === time && step.namespace === place;
    const left = `${now === time ? ' '.repeat(now.length) : now}  ${(isSame ? '' : step.namespace).padEnd(width)}`;
    const lookedAfter = CHANGES_BEFORE.includes(step.kind);
    const looks =
      step.packet === undefined ? [] : [`  ${' '.repeat(now.length + width + 4)}  now ${step.packet}`];
    if (!lookedAfter) lines.push(...looks);
    lines.push(`  ${left}  ${step.text}`);
    if (lookedAfter) lines.push(...looks);
    time = now;
    place = step.namespace;
  }
  if (stepsLeftOut > 0) lines.push(`  … and ${stepsLeftOut} steps more`);
  return lines;
}

/** Steps that are told after they have changed the packet. */
const CHANGES_BEFORE: readonly LifeStep['kind'][] = ['encrypted', 'decrypted', 'decapsulated', 'reassembled'];

/** Chains that end and policies that accept change nothing. */
function isTelling({ rule, kind }: LifeStep): boolean {
  if (kind !== 'matched' || rule === undefined) return true;
  return rule.what === 'rule' || (rule.what === 'policy' && rule.text !== 'ACCEPT');
}

/** Seconds with nine digits after the point. */
export function timeText(timeNs: number): string {
  const whole = Math.round(timeNs);
  return `${Math.floor(whole / 1e9)}.${String(whole % 1e9).padStart(9, '0')}`;
}
