import type { NamedProgram } from '../named-program.ts';
import { awk } from './awk/awk.ts';
import { base64 } from './base64.ts';
import { cat } from './cat.ts';
import { column } from './column.ts';
import { cut } from './cut.ts';
import { echo } from './echo.ts';
import { env, printenv } from './environment.ts';
import { chmod, cp, ln, mkdir, mv, rm, rmdir, touch } from './file-operations.ts';
import { grep } from './grep.ts';
import { head, tail } from './head.ts';
import { jq } from './jq/jq.ts';
import { ls } from './ls.ts';
import { basename, dirname, pwd, readlink, which } from './names.ts';
import { printf } from './printf.ts';
import { sed } from './sed.ts';
import { seq } from './seq.ts';
import { falseProgram, refused, trueProgram, yes } from './simple.ts';
import { sort } from './sort.ts';
import { clear, hostname, id, kill, pgrep, pidof, ps, uname, whoami } from './system.ts';
import { tee } from './tee.ts';
import { test } from './test.ts';
import { date, sleep, timeout, uptime } from './time.ts';
import { tr } from './tr.ts';
import { uniq } from './uniq.ts';
import { wc } from './wc.ts';
import { xargs } from './xargs.ts';

export const programs: NamedProgram[] = [
  { names: ['awk'], program: awk },
  { names: ['base64'], program: base64 },
  { names: ['basename'], program: basename },
  { names: ['cat'], program: cat },
  { names: ['chmod'], program: chmod },
  { names: ['clear'], program: clear },
  { names: ['column'], program: column },
  { names: ['cp'], program: cp },
  { names: ['cut'], program: cut },
  { names: ['date'], program: date },
  { names: ['dirname'], program: dirname },
  { names: ['echo'], program: echo },
  { names: ['env'], program: env },
  { names: ['false'], program: falseProgram },
  { names: ['grep', 'egrep', 'fgrep'], program: grep },
  { names: ['head'], program: head },
  { names: ['hostname'], program: hostname },
  { names: ['id'], program: id },
  { names: ['jq'], program: jq },
  { names: ['kill'], program: kill },
  { names: ['ln'], program: ln },
  { names: ['ls'], program: ls },
  { names: ['mkdir'], program: mkdir },
  { names: ['mv'], program: mv },
  { names: ['pgrep', 'pkill'], program: pgrep },
  { names: ['pidof'], program: pidof },
  { names: ['printenv'], program: printenv },
  { names: ['printf'], program: printf },
  { names: ['ps'], program: ps },
  { names: ['pwd'], program: pwd },
  { names: ['readlink'], program: readlink },
  { names: ['rm'], program: rm },
  { names: ['rmdir'], program: rmdir },
  { names: ['sed'], program: sed },
  { names: ['seq'], program: seq },
  { names: ['sleep'], program: sleep },
  { names: ['sort'], program: sort },
  { names: ['tail'], program: tail },
  { names: ['tee'], program: tee },
  { names: ['test', '['], program: test },
  { names: ['timeout'], program: timeout },
  { names: ['touch'], program: touch },
  { names: ['tr'], program: tr },
  { names: ['true'], program: trueProgram },
  { names: ['uname'], program: uname },
  { names: ['uniq'], program: uniq },
  { names: ['uptime'], program: uptime },
  { names: ['watch'], program: refused('repainting a screen is not modelled; repeat the command in a loop') },
  { names: ['wc'], program: wc },
  { names: ['which'], program: which },
  { names: ['whoami'], program: whoami },
  { names: ['xargs'], program: xargs },
  { names: ['yes'], program: yes },
];
