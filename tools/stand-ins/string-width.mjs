import { stripVTControlCharacters } from 'node:util';

/**
 * Columns of a text that is ASCII but for its colours, as help texts are: for yargs, whose package of this name brings tables
 * of emoji.
 */
export default function stringWidth(text) {
  return stripVTControlCharacters(text).length;
}
