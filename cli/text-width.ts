import { stripVTControlCharacters } from 'node:util';

/** Columns of a text that is ASCII but for its colours, as help texts are. The build gives it to yargs. */
export default function textWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
