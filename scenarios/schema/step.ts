/** The shape of a step in the file; load/parse-step.ts reads the text in it. */
import * as z from 'zod';
import { duration, oneOrMany } from '../../programs/compose-file/schema/values.ts';

export const expectSchema = z
  .strictObject({
    exit: z.int().min(0).max(255).optional().describe('Exit code of the command.'),
    stdout: oneOrMany(z.string())
      .optional()
      .describe('Text that standard output holds; several: all of them.'),
    stderr: oneOrMany(z.string()).optional().describe('Text that standard error holds.'),
    matches: oneOrMany(z.string()).optional().describe('Regular expression that standard output matches.'),
    within: duration.optional().describe('Simulated time in which the command must end.'),
  })
  .describe('What must come out; a failure ends in exit code 1.');

export const stepMapSchema = z.strictObject({
  run: z.string().describe('A step as text, as in the short form: WHERE$ COMMAND.'),
  expect: expectSchema.optional(),
  background: z.boolean().optional().describe('Do not wait for the command to end.'),
  at: duration.optional().describe('Not before this simulated time.'),
  within: duration.optional().describe('Short for expect.within.'),
});

export const stepSchema = z
  .union([z.string(), stepMapSchema])
  .describe(
    'WHERE$ COMMAND · wait TIME · capture start NAME on POINT [filter EXPR] · capture stop [NAMES] · ' +
      'link NAME down [TIME]|up · host NAME down|up · kill CONTAINER',
  );

export type StepInput = z.output<typeof stepSchema>;
export type StepMap = z.output<typeof stepMapSchema>;
