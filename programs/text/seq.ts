import type { Program } from '../../core/host/program.ts';
import { formatOnce } from '../shell/printf-text.ts';
import { complain } from './operands.ts';

/** `seq [-s separator] [-w] [-f format] [first [increment]] last` */
export const seq: Program = function* (proc) {
  const args = proc.argv.slice(1);
  let separator = '\n';
  let equalWidth = false;
  let format: string | undefined;
  while (args.length > 0 && /^-[^\d.]/.test(args[0]!)) {
    const option = args.shift()!;
    if (option === '-w') equalWidth = true;
    else if (option.startsWith('-s')) separator = option.slice(2) || (args.shift() ?? '');
    else if (option.startsWith('-f')) format = option.slice(2) || (args.shift() ?? '');
    else return complain(proc, `invalid option -- '${option.slice(1, 2)}'`);
  }
  if (args.length === 0) return complain(proc, 'missing operand');
  if (args.length > 3) return complain(proc, `extra operand '${args[3]}'`);
  const bad = args.find((text) => text.trim() === '' || !Number.isFinite(Number(text)));
  if (bad !== undefined) return complain(proc, `invalid floating point argument: '${bad}'`);
  const first = args.length > 1 ? Number(args[0]) : 1;
  const step = args.length > 2 ? Number(args[1]) : 1;
  const last = Number(args.at(-1));
  if (step === 0) return complain(proc, `invalid Zero increment value: '${args[1]}'`);
  const places = Math.max(
    ...args.slice(0, Math.max(1, args.length - 1)).map((text) => text.split('.')[1]?.length ?? 0),
  );
  const show = (value: number) => value.toFixed(args.length > 1 ? places : 0);
  const width = equalWidth ? Math.max(show(first).length, show(last).length) : 0;
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  let text = '';
  for (let i = 0; i < count; i++) {
    const shown = show(first + i * step);
    text +=
      (i === 0 ? '' : separator) +
      (format === undefined ? shown.padStart(width, '0') : formatOnce(format, [shown], []));
    // A long sequence is written in pieces, so that a reader that has had enough can end it.
    if (text.length < 65536) continue;
    proc.print(text);
    text = '';
    yield* proc.sleep(1000);
  }
  proc.print(count > 0 ? `${text}\n` : '');
  return 0;
};
