/** Go templates (text/template), as docker's --format takes them. */
import { goPrint } from './go-print.ts';
import { asRaw, goName, isGoMap, isGoStruct, isTrue, sortedEntries, type GoValue } from './go-value.ts';
import { TEMPLATE_FUNCTIONS, TemplateCallError } from './template-functions.ts';
import { TemplateError, lineOf } from './template-lexer.ts';
import {
  parseTemplate,
  type BranchNode,
  type Operand,
  type Pipeline,
  type TemplateNode,
} from './template-parser.ts';

export { TemplateError };

/** Variables in scope: `$` is the value the template was given. */
type Scope = Map<string, GoValue>;

export class Template {
  private readonly source: string;
  private readonly nodes: readonly TemplateNode[];

  /** Throws `TemplateError` for a template that cannot be read. */
  constructor(source: string) {
    this.source = source;
    this.nodes = parseTemplate(source);
  }

  /** The template applied to a value. Throws `TemplateError` for fields that are not there. */
  execute(value: GoValue): string {
    return new Execution(this.source, false).render(this.nodes, value, new Map([['$', value]]));
  }

  /**
   * What `inspect` does: the template is applied to the Go value, and when that fails to the value as JSON has it,
   * where the names are those of JSON, the keys of objects are sorted, and a missing key is an error.
   */
  executeInspected(value: GoValue): string {
    try {
      return this.execute(value);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const raw = asRaw(value);
      return new Execution(this.source, true).render(this.nodes, raw, new Map([['$', raw]]));
    }
  }
}

class Execution {
  private readonly source: string;
  private readonly missingKeyIsError: boolean;

  constructor(source: string, missingKeyIsError: boolean) {
    this.source = source;
    this.missingKeyIsError = missingKeyIsError;
  }

  render(nodes: readonly TemplateNode[], dot: GoValue, scope: Scope): string {
    let output = '';
    for (const node of nodes) {
      if (node.kind === 'text') output += node.text;
      else if (node.kind === 'action') output += this.action(node.pipeline, dot, scope);
      else output += this.branch(node, dot, scope);
    }
    return output;
  }

  private action(pipeline: Pipeline, dot: GoValue, scope: Scope): string {
    const value = this.pipeline(pipeline, dot, scope);
    if (pipeline.variables.length > 0) {
      scope.set(pipeline.variables[0]!, value);
      return '';
    }
    return goPrint(value);
  }

  private branch(node: BranchNode, dot: GoValue, scope: Scope): string {
    const value = this.pipeline(node.pipeline, dot, scope);
    if (node.kind === 'range') return this.range(node, value, dot, scope);
    const inner = new Map(scope);
    const [variable] = node.pipeline.variables;
    if (variable !== undefined) inner.set(variable, value);
    if (!isTrue(value)) return this.render(node.otherwise, dot, inner);
    return this.render(node.body, node.kind === 'with' ? value : dot, inner);
  }

  private range(node: BranchNode, value: GoValue, dot: GoValue, scope: Scope): string {
    const entries = this.entriesOf(node, value);
    if (entries.length === 0) return this.render(node.otherwise, dot, new Map(scope));
    const { variables } = node.pipeline;
    return entries
      .map(([key, each]) => {
        const inner = new Map(scope);
        if (variables.length === 1) inner.set(variables[0]!, each);
        if (variables.length === 2) inner.set(variables[0]!, key).set(variables[1]!, each);
        return this.render(node.body, each, inner);
      })
      .join('');
  }

  private entriesOf(node: BranchNode, value: GoValue): [GoValue, GoValue][] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value.map((each: GoValue, i: number): [GoValue, GoValue] => [i, each]);
    if (isGoMap(value)) return sortedEntries(value);
    const operand = node.pipeline.commands[0]![0]!;
    throw this.error(operand, `range can't iterate over ${goPrint(value)}`);
  }

  private pipeline(pipeline: Pipeline, dot: GoValue, scope: Scope): GoValue {
    let piped: GoValue[] = [];
    for (const command of pipeline.commands) piped = [this.command(command, piped, dot, scope)];
    return piped[0];
  }

  private command(
    command: readonly Operand[],
    piped: readonly GoValue[],
    dot: GoValue,
    scope: Scope,
  ): GoValue {
    const [first, ...rest] = command;
    if (first!.kind !== 'function') {
      if (rest.length + piped.length > 0)
        throw this.error(first!, `can't give argument to non-function ${first!.text}`);
      return this.operand(first!, dot, scope);
    }
    const args = rest.map((operand) => this.operand(operand, dot, scope));
    return this.fields(first!, this.call(first!, first!.name, [...args, ...piped]));
  }

  private operand(operand: Operand, dot: GoValue, scope: Scope): GoValue {
    switch (operand.kind) {
      case 'dot':
        return this.fields(operand, dot);
      case 'literal':
        return operand.value;
      case 'variable':
        if (!scope.has(operand.name)) throw this.error(operand, `undefined variable: ${operand.name}`);
        return this.fields(operand, scope.get(operand.name));
      case 'group':
        return this.fields(operand, this.pipeline(operand.pipeline, dot, scope));
      case 'function':
        return this.fields(operand, this.call(operand, operand.name, []));
    }
  }

  private call(operand: Operand, name: string, args: readonly GoValue[]): GoValue {
    try {
      return TEMPLATE_FUNCTIONS[name]!(args);
    } catch (error) {
      if (!(error instanceof TemplateCallError)) throw error;
      throw this.error(operand, error.message);
    }
  }

  private fields(operand: Operand, start: GoValue): GoValue {
    let value = start;
    for (const name of operand.fields) value = this.field(operand, value, name);
    return value;
  }

  private field(operand: Operand, value: GoValue, name: string): GoValue {
    if (isGoMap(value)) {
      if (!value.has(name) && this.missingKeyIsError) {
        throw this.error(operand, `map has no entry for key ${JSON.stringify(name)}`);
      }
      return value.get(name);
    }
    if (isGoStruct(value)) {
      const key = Object.keys(value).find((each) => goName(each) === name);
      if (key !== undefined) return value[key];
      throw this.error(operand, `can't evaluate field ${name} in type struct`);
    }
    if (value === undefined || value === null) {
      throw this.error(operand, `nil data; no entry for key ${JSON.stringify(name)}`);
    }
    throw this.error(
      operand,
      `can't evaluate field ${name} in type ${Array.isArray(value) ? '[]interface {}' : typeof value}`,
    );
  }

  private error(operand: Operand, message: string): TemplateError {
    const line = lineOf(this.source, operand.at);
    const column = operand.at - (this.source.lastIndexOf('\n', operand.at - 1) + 1);
    return new TemplateError(`template: :${line}:${column}: executing "" at <${operand.text}>: ${message}`);
  }
}
