/** `--set path=value`: changes the file's content before it is checked. */
import type { Document } from 'yaml';
import { parseYaml } from '../../programs/compose-file/parse-yaml.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import type { Override } from '../../programs/compose-file/yaml-source.ts';
import { TooDeepError } from '../../programs/compose-file/yaml-limits.ts';
import { splitAssignment, splitPath } from './value-path.ts';

const HINT = 'write --set hosts.host1.docker.mtu=1400; quote a name that holds a dot: links."a.b".delay=5ms';

/** Splits `path=value`; dots separate the path, double quotes hold a name together. */
export function parseOverride(text: string): Override & { readonly value: unknown } {
  const parts = splitAssignment(text);
  if (parts === null) throw new FormatError(`"${text}" is not path=value`, HINT);
  const path = splitPath(parts.path);
  if (path.includes('__proto__')) throw new FormatError(`"${text}": __proto__ cannot be a key`, HINT);
  return { path, text, value: parseValue(parts.value, text) };
}

/** The value is YAML too: a number, a text, a list in brackets. */
function parseValue(value: string, text: string): unknown {
  const document = parseDocument(value, text);
  const error = document.errors[0];
  if (error !== undefined) throw new FormatError(`"${text}": ${error.message}`, 'quote the value for YAML');
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new FormatError(`"${text}": a value holds no aliases`, 'quote text that begins with *');
  }
}

function parseDocument(value: string, text: string): Document.Parsed {
  try {
    return parseYaml(value);
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    throw new FormatError(`"${text}" is nested too deeply`);
  }
}

/** Puts the value in its place; maps on the way are made when they are missing. */
export function applyOverride(data: unknown, override: Override & { readonly value: unknown }): unknown {
  return withValue(data, override.path.map(String), override.value, override.text);
}

function withValue(data: unknown, path: readonly string[], value: unknown, text: string): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  if (Array.isArray(data)) {
    const index = Number(segment);
    if (!/^\d+$/.test(segment) || index > data.length) {
      throw new FormatError(
        `"${text}": "${segment}" is not a place in a list of ${data.length}`,
        'lists count from 0',
      );
    }
    const copy = data.slice();
    copy[index] = withValue(data[index], rest, value, text);
    return copy;
  }
  const map = data ?? {};
  if (typeof map !== 'object') throw new FormatError(`"${text}": there is no map above "${segment}"`, HINT);
  const own = Object.hasOwn(map, segment) ? (map as Record<string, unknown>)[segment] : undefined;
  return { ...map, [segment]: withValue(own, rest, value, text) };
}
