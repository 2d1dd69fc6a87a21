/** The text of a step → what is to be done. The grammar is the schema's description of `steps`. */
import { captureFile, parseCapturePoint, type Capture } from '../schema/capture.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { parseDuration } from '../../programs/compose-file/schema/units.ts';
import { checkQuotes } from './shell-quotes.ts';
import type {
  CaptureStartStep,
  CaptureStopStep,
  HostStep,
  KillStep,
  LinkStep,
  RunStep,
  WaitStep,
  Where,
} from './step.ts';
import { nearest } from '../../programs/compose-file/suggest.ts';

type Bare<S> = Omit<S, 'text' | 'atNs' | 'position' | 'path'>;

/** What the text of a step alone says. */
export type StepAction =
  | Bare<RunStep>
  | Bare<WaitStep>
  | Bare<CaptureStartStep>
  | Bare<CaptureStopStep>
  | Bare<LinkStep>
  | Bare<HostStep>
  | Bare<KillStep>;

const WHERE = /^([^\s$]+)\$(?:\s+|$)/;
const NAMES = /^([A-Za-z0-9][A-Za-z0-9_.-]*)(?::([A-Za-z0-9][A-Za-z0-9_.-]*))?$/;

const PARSERS: Readonly<Record<string, (rest: string) => StepAction>> = {
  wait: (rest) => ({ kind: 'wait', durationNs: parseDuration(rest) }),
  capture: parseCapture,
  link: parseLink,
  host: parseHost,
  kill: parseKill,
};

/** Reads a step. Throws a FormatError whose offset is into `text`. */
export function parseStep(text: string): StepAction {
  const where = WHERE.exec(text);
  if (where !== null) return parseRun(text, where);
  const [word = '', rest = ''] = splitWord(text.trim());
  const parse = Object.hasOwn(PARSERS, word) ? PARSERS[word] : undefined;
  if (parse !== undefined) return parse(rest);
  const near = nearest(word, Object.keys(PARSERS));
  throw new FormatError(
    text.trim() === '' ? 'an empty step' : `"${clip(text)}" is not a step`,
    near === undefined
      ? 'write WHERE$ COMMAND, as host1$ ip addr; or wait, capture, link, host, kill'
      : `did you mean "${near}"?`,
  );
}

export function parseWhere(text: string): Where {
  const match = NAMES.exec(text);
  if (match === null)
    throw new FormatError(`"${text}" is not a place to run a command`, 'write host1$, c1$ or host1:netns$');
  return { text, node: match[1]!, netns: match[2] };
}

function parseRun(text: string, prompt: RegExpExecArray): Bare<RunStep> {
  const where = parseWhere(prompt[1]!);
  const command = text.slice(prompt[0].length).trimEnd();
  if (command === '')
    throw new FormatError('no command after the prompt', `write ${prompt[1]}$ COMMAND`, prompt[0].length);
  try {
    checkQuotes(command);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.message, error.hint, prompt[0].length + error.offset);
  }
  return { kind: 'run', where, command, background: false, expect: undefined };
}

const CAPTURE_HINT =
  'write capture start NAME on host1/eth0 [-p] [filter EXPR], capture start { NAME: PLACE, … } or capture stop [NAMES]';

function parseCapture(rest: string): StepAction {
  const [verb = '', words = ''] = splitWord(rest);
  if (verb === 'stop')
    return { kind: 'capture-stop', names: words.split(/[\s,]+/).filter((name) => name !== '') };
  if (verb !== 'start' || words === '')
    throw new FormatError(`"capture ${clip(rest)}" is not a step`, CAPTURE_HINT);
  return {
    kind: 'capture-start',
    captures: words.startsWith('{') ? parseCaptureMap(words) : [parseOneCapture(words)],
  };
}

function parseOneCapture(words: string): Capture {
  const match = /^(\S+)\s+on\s+([^\s].*?)(\s+-p)?(?:\s+filter\s+(.+))?$/.exec(words);
  if (match === null) throw new FormatError(`"capture start ${clip(words)}" is not a step`, CAPTURE_HINT);
  const points = match[2]!
    .split(/[\s,]+/)
    .filter((point) => point !== '')
    .map(parseCapturePoint);
  return {
    points,
    ...captureFile(match[1]!, points.length),
    filter: unquoted(match[4] ?? ''),
    promiscuous: match[3] === undefined ? undefined : false,
  };
}

function parseCaptureMap(words: string): Capture[] {
  const match = /^\{(.*)\}(\s+-p)?(?:\s+filter\s+(.+))?$/.exec(words);
  if (match === null) throw new FormatError(`"capture start ${clip(words)}" is not a step`, CAPTURE_HINT);
  const entries = match[1]!.split(',').filter((entry) => entry.trim() !== '');
  if (entries.length === 0) throw new FormatError('nothing to capture', CAPTURE_HINT);
  return entries.map((entry) => {
    const pair = /^\s*([^\s:]+)\s*:\s+(\S+)\s*$/.exec(entry);
    if (pair === null) throw new FormatError(`"${entry.trim()}" is not NAME: PLACE`, CAPTURE_HINT);
    return {
      points: [parseCapturePoint(pair[2]!)],
      ...captureFile(pair[1]!, 1),
      filter: unquoted(match[3] ?? ''),
      promiscuous: match[2] === undefined ? undefined : false,
    };
  });
}

function parseLink(rest: string): Bare<LinkStep> {
  const match = /^(\S+)\s+(?:(up)|down(?:\s+(.+))?)$/.exec(rest);
  if (match === null)
    throw new FormatError(
      `"link ${clip(rest)}" is not a step`,
      'write link NAME down [500ms] or link NAME up',
    );
  const durationNs = match[3] === undefined ? undefined : parseDuration(match[3]);
  return { kind: 'link', link: match[1]!, up: match[2] !== undefined, durationNs };
}

function parseHost(rest: string): Bare<HostStep> {
  const match = /^(\S+)\s+(up|down)$/.exec(rest);
  if (match === null)
    throw new FormatError(`"host ${clip(rest)}" is not a step`, 'write host NAME down or host NAME up');
  return { kind: 'host', host: match[1]!, up: match[2] === 'up' };
}

function parseKill(rest: string): Bare<KillStep> {
  if (!/^\S+$/.test(rest))
    throw new FormatError(`"kill ${clip(rest)}" is not a step`, 'write kill CONTAINER');
  return { kind: 'kill', container: rest };
}

function splitWord(text: string): [string, string] {
  const match = /^(\S*)\s*([\s\S]*)$/.exec(text)!;
  return [match[1]!, match[2]!.trimEnd()];
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  const match = /^(["'])([\s\S]*)\1$/.exec(trimmed);
  return match === null ? trimmed : match[2]!;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
