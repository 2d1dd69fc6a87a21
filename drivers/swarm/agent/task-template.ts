/**
 * Templates in a service's host name and environment (swarmkit template/context.go): only the fields that Docker
 * documents, as `{{.Node.Hostname}}-{{.Task.Slot}}`. Not modelled: functions and control words.
 */
import { DockerError } from '../../docker-error.ts';

export type TemplateFields = Readonly<Record<string, string>>;

/** Puts the fields' values in; Docker's error for a field that there is not. */
export function expandTaskTemplate(text: string, fields: TemplateFields): string {
  return text.replace(/\{\{(.*?)\}\}/g, (_all, inner: string) => {
    const name = inner.replaceAll(/^[-\s]+|[-\s]+$/g, '');
    const value = fields[name] ?? label(name, fields);
    if (value !== undefined) return value;
    throw new DockerError('invalid', `expanding template failed: not modelled in a template: {{${inner}}}`);
  });
}

/** `index .Service.Labels "key"`: '' for a label that is not there. */
function label(name: string, fields: TemplateFields): string | undefined {
  const match = /^index\s+(\.Service\.Labels)\s+"(.*)"$/.exec(name);
  return match === null ? undefined : (fields[`${match[1]}.${match[2]}`] ?? '');
}
