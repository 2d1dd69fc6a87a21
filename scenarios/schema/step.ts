/** The shape of a step in the file; load/parse-step.ts reads the text in it. */
import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { map } from '../../programs/compose-file/schema/map.ts';
import { oneOf } from '../../programs/compose-file/schema/one-of.ts';
import { duration, flag, oneOrMany, text, wholeNumber } from '../../programs/compose-file/schema/values.ts';

export const expectSchema = described(
  map({
    exit: v.optional(described(wholeNumber(0, 255), 'Exit code of the command.')),
    stdout: v.optional(described(oneOrMany(text), 'Text that standard output holds; several: all of them.')),
    stderr: v.optional(described(oneOrMany(text), 'Text that standard error holds.')),
    matches: v.optional(described(oneOrMany(text), 'Regular expression that standard output matches.')),
    within: v.optional(described(duration, 'Simulated time in which the command must end.')),
  }),
  'What must come out; a failure ends in exit code 1.',
);

export const stepMapSchema = map({
  run: described(text, 'A step as text, as in the short form: WHERE$ COMMAND.'),
  expect: v.optional(expectSchema),
  background: v.optional(described(flag, 'Do not wait for the command to end.')),
  at: v.optional(described(duration, 'Not before this simulated time.')),
  within: v.optional(described(duration, 'Short for expect.within.')),
});

export const stepSchema = described(
  oneOf([text, stepMapSchema]),
  'WHERE$ COMMAND · wait TIME · capture start NAME on POINT [filter EXPR] · capture stop [NAMES] · ' +
    'link NAME down [TIME]|up · host NAME down|up · kill CONTAINER',
);

export type StepInput = v.InferOutput<typeof stepSchema>;
export type StepMap = v.InferOutput<typeof stepMapSchema>;
