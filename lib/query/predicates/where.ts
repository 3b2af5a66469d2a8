/** Whatever a user gives as a predicate, as one AST with its parameter values, and the page or partition asked for. */
import type { Predicate as PredicateNode, Scalar } from '../../../grammar/ast.ts';
import { closest } from '../../../grammar/closest.ts';
import { constant } from '../../../grammar/nodes.ts';
import type { Parameters } from '../../../grammar/parse.ts';
import type { PagingPredicate, PartitionPredicate, Predicate } from '../../api/predicate.ts';
import { PredicateParametersError } from '../../errors.ts';
import { entryObject } from './criteria.ts';
import { attributeOf, parsed } from './parsed.ts';
import { isPredicate } from './predicate-object.ts';
import type { OrderBy } from '../source/request.ts';
import { scalarFor } from './scalar-for.ts';

export interface WherePredicate {
  readonly ast: PredicateNode;
  /** By index; every parameter of `ast` has one. */
  readonly parameters: readonly unknown[];
  readonly paging?: Page;
  readonly partition?: { readonly partitionKey: unknown };
}

/** The page of a paging predicate: `pageSize` entries from number `pageSize * pageNumber` on. */
export interface Page {
  readonly pageSize: number;
  /** From 0. */
  readonly pageNumber: number;
  /** Empty: the map's own stable order. */
  readonly orderBy: readonly OrderBy[];
}

const EVERYTHING: WherePredicate = Object.freeze({
  ast: constant(true),
  parameters: Object.freeze([]),
});

/**
 * `where`: SQL text, a predicate, a paging or partition predicate, a criteria function, or undefined for everything. `parameters`: for
 * text, one value per `?`, or one object for `:name`; none for all else.
 * Throws PredicateSyntaxError, PredicateParametersError. Cost: a text seen before is not parsed again.
 */
export function toPredicate(where: unknown, parameters: readonly unknown[] = []): WherePredicate {
  if (typeof where === 'string') {
    const text = parsed(where);
    return { ast: text.ast, parameters: bound(text.parameters, parameters) };
  }
  if (parameters.length > 0) throw new PredicateParametersError('only SQL text takes parameters; a predicate has its own');
  if (where === undefined) return EVERYTHING;
  if (typeof where === 'function') return fromCriteria(where);
  if (isPredicate(where)) return { ast: where.ast, parameters: where.parameters };
  if (isOfKind<PagingPredicate>(where, 'paging')) return { ...inner(where), paging: pageOf(where) };
  if (isOfKind<PartitionPredicate>(where, 'partition')) return { ...inner(where), partition: { partitionKey: where.partitionKey } };
  throw new PredicateParametersError(
    `a predicate is SQL text, something made by Predicates or a PredicateBuilder, or a function of an entry; this is ${
      where === null ? 'null' : `a value of type ${typeof where}`
    }`,
  );
}

/** The values of a text's parameters, in their order. Throws PredicateParametersError that says what is wrong. */
export function bound({ count, names }: Parameters, parameters: readonly unknown[]): readonly Scalar[] {
  return names.length > 0 ? boundByName(names, parameters) : boundByPlace(count, parameters);
}

function boundByPlace(count: number, parameters: readonly unknown[]): readonly Scalar[] {
  if (parameters.length !== count) {
    const expected = count === 0 ? 'no parameters' : count === 1 ? '1 parameter' : `${count} parameters`;
    throw new PredicateParametersError(
      `the predicate takes ${expected}, and ${parameters.length} ${parameters.length === 1 ? 'was' : 'were'} given`,
      {
        details: { expected: count, given: parameters.length },
      },
    );
  }
  return parameters.map((value, index) => scalarFor(value, `parameter ${index + 1} is`));
}

function boundByName(names: readonly string[], parameters: readonly unknown[]): readonly Scalar[] {
  const [values] = parameters;
  if (parameters.length !== 1 || typeof values !== 'object' || values === null || Array.isArray(values) || values instanceof Date) {
    const sketch = names.map((name) => `${name}: …`).join(', ');
    throw new PredicateParametersError(`the parameters of the predicate have names, so give one object: { ${sketch} }`, {
      details: { missing: names, unknown: [] },
    });
  }
  const given = new Map(Object.entries(values));
  const missing = names.filter((name) => !given.has(name));
  const unknown = [...given.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    const sentences = [
      ...(missing.length > 0 ? [`no value for ${missing.map((name) => `:${name}`).join(', ')}`] : []),
      ...unknown.map((name) => `the predicate has no :${name}${suggestion(name, missing.length > 0 ? missing : names)}`),
    ];
    throw new PredicateParametersError(sentences.join('; '), { details: { missing, unknown } });
  }
  return names.map((name) => scalarFor(given.get(name), `parameter :${name} is`));
}

function suggestion(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return near === undefined ? '' : ` (did you mean :${near}?)`;
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- whatever function the user gave
function fromCriteria(criteria: Function): WherePredicate {
  const predicate: unknown = criteria(entryObject());
  if (isPredicate(predicate)) return { ast: predicate.ast, parameters: predicate.parameters };
  throw new PredicateParametersError('the criteria function did not return a predicate');
}

function inner({ predicate }: { readonly predicate: Predicate | PagingPredicate | PartitionPredicate | undefined }): WherePredicate {
  return toPredicate(predicate);
}

function pageOf({ pageSize, pageNumber, order }: PagingPredicate): Page {
  return { pageSize, pageNumber, orderBy: order.map(({ path, direction }) => ({ attribute: attributeOf(path), direction })) };
}

function isOfKind<P extends { readonly kind: string }>(value: unknown, kind: P['kind']): value is P {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
