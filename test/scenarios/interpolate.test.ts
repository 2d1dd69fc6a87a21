import { describe, expect, it } from 'vitest';
import { interpolate } from '../../programs/compose-file/interpolate.ts';

describe('interpolation, by the Compose specification', () => {
  const variables = { A: 'a', EMPTY: '' };
  it.each([
    ['$A-${A}', 'a-a'],
    ['$$A', '$A'],
    ['${NO:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY-default}', ''],
    ['${NO-${A}}', 'a'],
    ['${NO:-${ALSO_NO:-x}y}', 'xy'],
    ['${A:+other}', 'other'],
    ['${EMPTY:+other}', ''],
    ['${EMPTY+other}', 'other'],
    ['no variables', 'no variables'],
  ])('%s', (text, result) => expect(interpolate(text, variables).text).toBe(result));

  it('an unset variable is nothing, and told', () => {
    expect(interpolate('a${NO}b', variables)).toEqual({ text: 'ab', unset: ['NO'] });
  });

  it.each(['${NO:?needed}', '${A', '$', '${}', '${A!x}', '${EMPTY:?needed}'])('refuses %s', (text) =>
    expect(() => interpolate(text, variables)).toThrow(),
  );
});
