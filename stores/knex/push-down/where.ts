/**
 * From a predicate to the WHERE that PostgreSQL can answer exactly as the map would, and what is left of it.
 *
 * The SQL is always a *necessary* condition: no row that the map wants is left out. An AND that can be said only in part narrows the rows by that
 * part; an OR of which one side can't be said at all narrows nothing. There is no NOT to spoil this: it has been worked into the leaves.
 */
import { MIRRORED } from '../../../grammar/comparison.ts';
import type { Attribute, Comparison, ComparisonOperator, In, IsDistinct, Like, Predicate, Value } from '../../../grammar/ast.ts';
import { and } from '../../../grammar/nodes.ts';
import { FALSE, NotPushed, TRUE, allOf, anyOf, unless, type Fragment } from './fragments.ts';
import { likePieces } from './like-pieces.ts';
import { ABSENT, sqlOperator, type Constant, type Subject } from './subject.ts';

export interface Where {
  readonly sql: Fragment;
  /** What must still be tested on the rows. */
  readonly residual: Predicate | undefined;
  readonly unsupported: readonly string[];
}

type Leaf = Exclude<Predicate, { readonly kind: 'and' | 'or' }>;

/** Values of a list that are compared one by one: more of them take PostgreSQL longer than it takes to read the rows and look here. */
const SINGLE_VALUES_MAX = 64;

/** Levels of AND and OR; PostgreSQL's own stack is limited too. */
const DEPTH_MAX = 60;

export function whereOf(where: Predicate, subjectOf: (attribute: Attribute) => Subject): Where {
  const compiler = new Compiler(subjectOf);
  const terms = where.kind === 'and' ? where.terms : [where];
  const left: Predicate[] = [];
  const parts = terms.map((term) => {
    const { sql, exact } = compiler.narrow(term, 0);
    if (!exact) left.push(term);
    return sql;
  });
  return { sql: allOf(parts), residual: left.length === 0 ? undefined : and(left), unsupported: [...compiler.reasons] };
}

/** A necessary condition, and whether it is the whole. */
interface Narrowing {
  readonly sql: Fragment;
  readonly exact: boolean;
}

class Compiler {
  readonly reasons = new Set<string>();
  readonly #subjectOf: (attribute: Attribute) => Subject;

  constructor(subjectOf: (attribute: Attribute) => Subject) {
    this.#subjectOf = subjectOf;
  }

  narrow(term: Predicate, depth: number): Narrowing {
    try {
      if (term.kind !== 'and' && term.kind !== 'or') return { sql: this.#leaf(term), exact: true };
      if (depth === DEPTH_MAX) throw new NotPushed(`conditions nested deeper than ${DEPTH_MAX} levels`);
    } catch (error) {
      if (!(error instanceof NotPushed)) throw error;
      this.reasons.add(error.message);
      return { sql: TRUE, exact: false };
    }
    const parts = term.terms.map((part) => this.narrow(part, depth + 1));
    const exact = parts.every((part) => part.exact);
    const sqls = parts.map((part) => part.sql);
    return { sql: term.kind === 'and' ? allOf(sqls) : anyOf(sqls), exact };
  }

  #leaf(leaf: Leaf): Fragment {
    switch (leaf.kind) {
      case 'constant':
        return leaf.value ? TRUE : FALSE;
      case 'comparison':
        return this.#comparison(leaf);
      case 'instance-of':
        throw new NotPushed('instances are known in memory only');
      case 'not':
        throw new NotPushed('[any] is looked for in memory');
      case 'regex':
        throw new NotPushed('REGEX is matched in memory: PostgreSQL has another dialect');
    }
    const subject = this.#subjectOf(leaf.attribute);
    switch (leaf.kind) {
      case 'truth':
        return subject.compare('=', true);
      case 'is-truth': {
        const is = subject.compare('=', leaf.value);
        return leaf.negated ? unless(is) : is;
      }
      case 'is-null':
        return leaf.negated ? subject.isNotNull : subject.isNull;
      case 'is-distinct':
        return distinct(subject, leaf);
      case 'between':
        return leaf.negated
          ? anyOf([test(subject, '<', leaf.low), test(subject, '>', leaf.high)])
          : allOf([test(subject, '>=', leaf.low), test(subject, '<=', leaf.high)]);
      case 'in':
        return member(subject, leaf);
      case 'like':
        return like(subject, leaf);
    }
  }

  #comparison({ operator, left, right }: Comparison): Fragment {
    if (left.kind !== 'attribute') {
      if (right.kind !== 'attribute') throw new NotPushed('two values are compared in memory');
      return test(this.#subjectOf(right), MIRRORED[operator], left);
    }
    if (right.kind !== 'attribute') return test(this.#subjectOf(left), operator, right);
    const [one, other] = [this.#subjectOf(left), this.#subjectOf(right)];
    if (one === ABSENT || other === ABSENT) return FALSE;
    const [a, b] = [one.comparable, other.comparable];
    if (a === undefined || b === undefined || a.kind !== b.kind)
      throw new NotPushed(`${left.text} and ${right.text} are of different types`);
    return `${a.sql} ${sqlOperator(operator)} ${b.sql}`;
  }
}

function test(subject: Subject, operator: ComparisonOperator, value: Value): Fragment {
  const constant = constantOf(value);
  return constant === undefined ? FALSE : subject.compare(operator, constant);
}

/** Undefined for NULL. */
function constantOf(value: Value): Constant | undefined {
  if (value.kind === 'parameter') throw new NotPushed('a parameter without a value');
  return value.value ?? undefined;
}

/** Never unknown: what does not compare is distinct. */
function distinct(subject: Subject, { value, negated }: IsDistinct): Fragment {
  const constant = constantOf(value);
  if (constant === undefined) return negated ? subject.isNull : subject.isNotNull;
  const same = subject.compare('=', constant);
  return negated ? same : unless(same);
}

function member(subject: Subject, { values, negated }: In): Fragment {
  const constants = values.map(constantOf);
  const known = constants.filter((constant) => constant !== undefined);
  if (negated && known.length < constants.length) return FALSE; // `x <> NULL` is never true
  if (known.length === 0) return negated ? TRUE : FALSE;
  const together = known.length > 1 ? subject.among?.(known, negated) : undefined;
  if (together !== undefined) return together;
  if (known.length > SINGLE_VALUES_MAX) throw new NotPushed(`more than ${SINGLE_VALUES_MAX} values in a list that are compared one by one`);
  return negated
    ? allOf(known.map((constant) => subject.compare('!=', constant)))
    : anyOf(known.map((constant) => subject.compare('=', constant)));
}

function like(subject: Subject, { pattern, escape, insensitive, negated }: Like): Fragment {
  const text = constantOf(pattern);
  return typeof text === 'string' ? subject.like(likePieces(text, escape), insensitive, negated) : FALSE;
}
