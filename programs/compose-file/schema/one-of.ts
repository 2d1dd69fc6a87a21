import * as v from 'valibot';
import { wrongKind } from './wrong-kind.ts';

type Issue = v.BaseIssue<unknown>;

/** A value that is one of several kinds. Of a wrong one, the alternative that it was meant as tells what is wrong. */
export function oneOf<const Options extends readonly v.GenericSchema[]>(options: Options) {
  const schema = v.union(options);
  const run: v.GenericSchema['~run'] = (dataset, config) => {
    const branches: Issue[][] = [];
    for (const option of options) {
      const result = option['~run']({ value: dataset.value }, config);
      if (result.issues === undefined) return result;
      branches.push(result.issues);
    }
    const meant = branches
      .filter((issues) => !issues.some(isOtherKind))
      .reduce<Issue[] | undefined>((best, issues) => (best && best.length <= issues.length ? best : issues), undefined);
    if (meant !== undefined) return { typed: false, value: dataset.value, issues: meant as [Issue, ...Issue[]] };
    return wrongKind(schema, dataset, config, { alternatives: branches.flat() });
  };
  return Object.assign(schema, { '~run': run }) as typeof schema;
}

/** True when the value is not even of the kind that this alternative takes. */
function isOtherKind(issue: Issue): boolean {
  return issue.kind === 'schema' && issue.path === undefined;
}
