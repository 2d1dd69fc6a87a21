import type { Process } from '../../core/host/process.ts';
import { CliError } from './cli-error.ts';
import { complaintOf } from './each-operand.ts';
import { goJson } from './format/go-json.ts';
import type { GoValue } from './format/go-value.ts';
import { Template, TemplateError } from './format/template.ts';

/**
 * Prints what is inspected, as a JSON array or each thing through a template, and then the complaints about what was
 * not found. What the client marshals itself, and does not pass on from the daemon, has HTML's special characters
 * escaped: `escapesHtml`. Returns the exit code (docker/cli command/inspect/inspector.go).
 */
export function printInspected(
  proc: Process,
  names: readonly string[],
  format: string,
  inspect: (name: string) => GoValue,
  { escapesHtml = false } = {},
): number {
  const template = format === '' || format === 'json' ? null : parse(format);
  const found: GoValue[] = [];
  const complaints: string[] = [];
  let output = '';
  for (const name of names) {
    try {
      const value = inspect(name);
      found.push(value);
      if (template !== null) output += `${template.executeInspected(value)}\n`;
    } catch (error) {
      if (error instanceof TemplateError) complaints.push(`Template parsing error: ${error.message}`);
      else complaints.push(complaintOf(error));
    }
  }
  if (template === null) {
    const json = goJson(found, format === '' ? 4 : 0);
    output = found.length === 0 ? '[]\n' : `${escapesHtml ? escapeHtml(json) : json}\n`;
  }
  if (template !== null && output === '') output = '\n';
  proc.print(output);
  for (const complaint of complaints) proc.printError(`${complaint}\n`);
  return complaints.length === 0 ? 0 : 1;
}

function parse(format: string): Template {
  try {
    return new Template(format);
  } catch (error) {
    if (error instanceof TemplateError) throw new CliError(`Template parsing error: ${error.message}`, 64);
    throw error;
  }
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
