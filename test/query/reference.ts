/**
 * A second opinion on predicates: the rules of PostgreSQL, read off its manual, in the plainest code, sharing nothing with the library.
 *
 * `evaluate` answers true, false or null (unknown) for one entry, node by node, without preparing, merging or caching anything. Whoever tests an engine
 * compares with it: only entries for which it says true may be selected.
 */
import type { Attribute, Comparison, ComparisonOperator, Operand, Predicate, Scalar, Value } from '../../grammar/ast.ts';

/** True, false, unknown. */
export type Three = boolean | null;

export function evaluate(node: Predicate, parameters: readonly unknown[], key: unknown, value: unknown): Three {
  const scalar = (of: Value): Scalar => (of.kind === 'literal' ? of.value : (parameters[of.index] as Scalar));
  const each = (attribute: Attribute, test: (element: unknown) => Three): Three =>
    anyOf(valuesAt(attribute, key, value).map(test), attribute);
  switch (node.kind) {
    case 'and':
      return not3(or3(node.terms.map((term) => not3(evaluate(term, parameters, key, value)))));
    case 'or':
      return or3(node.terms.map((term) => evaluate(term, parameters, key, value)));
    case 'not':
      return not3(evaluate(node.term, parameters, key, value));
    case 'constant':
      return node.value;
    case 'comparison':
      return comparison(node, scalar, key, value);
    case 'between': {
      const test = (x: unknown): Three => and3(against(x, '>=', scalar(node.low)), against(x, '<=', scalar(node.high)));
      return negate(node.negated, each(node.attribute, test));
    }
    case 'in':
      return negate(
        node.negated,
        each(node.attribute, (x) => or3(node.values.map((item) => against(x, '=', scalar(item))))),
      );
    case 'like':
      return negate(
        node.negated,
        each(node.attribute, (x) => likeMatches(x, scalar(node.pattern), node.escape, node.insensitive)),
      );
    case 'regex':
      return negate(
        node.negated,
        each(node.attribute, (x) => regexMatches(x, scalar(node.pattern))),
      );
    case 'is-null':
      return negate(
        node.negated,
        each(node.attribute, (x) => isMissing(x)),
      );
    case 'is-distinct':
      return negate(
        node.negated,
        each(node.attribute, (x) => isDistinctFrom(x, scalar(node.value))),
      );
    case 'is-truth':
      return negate(
        node.negated,
        each(node.attribute, (x) => x === node.value),
      );
    case 'truth':
      return each(node.attribute, (x) => (typeof x === 'boolean' ? x : null));
    default:
      return typeof node.type === 'string' ? typeof value === node.type : value instanceof node.type;
  }
}

const not3 = (a: Three): Three => (a === null ? null : !a);
const and3 = (a: Three, b: Three): Three => not3(or3([not3(a), not3(b)]));
const or3 = (terms: readonly Three[]): Three => (terms.includes(true) ? true : terms.includes(null) ? null : false);
const negate = (negated: boolean, a: Three): Three => (negated ? not3(a) : a);

/** A path without `[any]` leads to exactly one value, of which the answer is its own; one with `[any]` to any number of them. */
function anyOf(answers: readonly Three[], attribute: Attribute): Three {
  return attribute.steps.some((step) => step.kind === 'any') ? or3(answers) : answers[0]!;
}

// Attributes

export function valuesAt(attribute: Attribute, key: unknown, value: unknown): unknown[] {
  let current: unknown[] = [attribute.root === 'key' ? key : value];
  for (const step of attribute.steps) {
    if (step.kind === 'any') current = current.flatMap((list) => (Array.isArray(list) ? list : [null]) as unknown[]);
    else if (step.kind === 'element') current = current.map((list) => (Array.isArray(list) ? list[step.index] : null) as unknown);
    else current = current.map((object) => ownValue(object, step.name));
  }
  return current.map((x) => (typeof x === 'function' ? null : x));
}

function ownValue(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || name === '__proto__' || name === 'constructor') return null;
  return Object.getOwnPropertyDescriptor(object, name)?.value ?? null;
}

const isMissing = (x: unknown): boolean => x === null || x === undefined;

// Comparisons

function comparison(node: Comparison, scalar: (of: Value) => Scalar, key: unknown, value: unknown): Three {
  const { operator, left, right } = node;
  const sides = (of: Operand): unknown[] => (of.kind === 'attribute' ? valuesAt(of, key, value) : [scalar(of)]);
  const isList = [left, right].some((of) => of.kind === 'attribute' && of.steps.some((step) => step.kind === 'any'));
  const test = (a: unknown, b: unknown): Three => {
    if (left.kind === 'attribute' && right.kind === 'attribute') return sameFamily(a, b) ? related(operator, difference(a, b)) : null;
    if (left.kind === 'attribute') return against(a, operator, b as Scalar);
    if (right.kind === 'attribute') return against(b, flip(operator), a as Scalar);
    const [typedLeft, typedRight] = [rank(a), rank(b)];
    return typedLeft >= typedRight ? against(a, operator, b as Scalar) : against(b, flip(operator), a as Scalar);
  };
  const answers = sides(left).flatMap((a) => sides(right).map((b) => test(a, b)));
  return isList ? or3(answers) : answers[0]!;
}

/** PostgreSQL gives a quoted literal the type of what it meets; a number is a time in milliseconds to a date. */
const rank = (x: unknown): number => (typeof x === 'string' ? 0 : typeof x === 'number' || typeof x === 'bigint' ? 1 : 2);
const flip = (operator: ComparisonOperator): ComparisonOperator =>
  ({ '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' })[operator] as ComparisonOperator;

/** An attribute's value compared with a scalar, which is read as the type of the value. */
function against(x: unknown, operator: ComparisonOperator, scalar: Scalar): Three {
  const other = readAs(x, scalar);
  return other === undefined ? null : related(operator, difference(x instanceof Date ? x.getTime() : x, other));
}

function readAs(x: unknown, scalar: Scalar): Scalar | undefined {
  if (scalar === null || isMissing(x)) return undefined;
  const kind = typeof x;
  if (x instanceof Date) {
    if (Number.isNaN(x.getTime())) return undefined;
    if (scalar instanceof Date) return Number.isNaN(scalar.getTime()) ? undefined : scalar.getTime();
    if (typeof scalar === 'string') return timeOf(scalar);
    return typeof scalar === 'boolean' ? undefined : scalar;
  }
  if (scalar instanceof Date) return undefined;
  if (kind === 'string') return typeof scalar === 'string' ? scalar : undefined;
  if (kind === 'boolean') return typeof scalar === 'string' ? truthOf(scalar) : typeof scalar === 'boolean' ? scalar : undefined;
  if (kind !== 'number' && kind !== 'bigint') return undefined;
  if (typeof scalar === 'boolean') return undefined;
  if (typeof scalar !== 'string') return scalar;
  const text = scalar.replace(/^\s+|\s+$/g, '');
  return kind === 'bigint' && /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : doubleOf(text);
}

function doubleOf(text: string): number | undefined {
  const special = /^(?:nan|([+-]?)inf(?:inity)?)$/i.exec(text);
  if (special !== null) return special[0].toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  const underflow = number === 0 && /[1-9]/.test(text.split(/e/i)[0]!);
  return Number.isFinite(number) && !underflow ? number : undefined;
}

function truthOf(text: string): boolean | undefined {
  const word = text.replace(/^\s+|\s+$/g, '').toLowerCase();
  if (word === '1' || (word !== '' && ['true', 'yes'].some((full) => full.startsWith(word))) || word === 'on') return true;
  if (word === '0' || (word !== '' && ['false', 'no'].some((full) => full.startsWith(word))) || word === 'of' || word === 'off')
    return false;
  return undefined;
}

function timeOf(text: string): number | undefined {
  const trimmed = text.replace(/^\s+|\s+$/g, '');
  if (/^-?infinity$/i.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity;
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?(\.\d+)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(trimmed);
  if (match === null) return undefined;
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = match;
  if (Number.isNaN(Date.parse(`${day}T00:00:00Z`)) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day) return undefined;
  const offset = zone === 'Z' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone.replace(/^(...)(\d\d)$/, '$1:$2');
  return Date.parse(`${day}T${minutes}${seconds}${fraction === '' ? '' : fraction.padEnd(4, '0').slice(0, 4)}${offset}`);
}

function sameFamily(a: unknown, b: unknown): boolean {
  return kindOf(a) === kindOf(b) && kindOf(a) !== 'nothing';
}

function kindOf(x: unknown): string {
  if (isMissing(x)) return 'nothing';
  if (x instanceof Date) return Number.isNaN(x.getTime()) ? 'nothing' : 'date';
  if (typeof x === 'bigint') return 'number';
  return typeof x === 'object' ? 'nothing' : typeof x;
}

/** Of two comparable values: below, equal, above. NaN is equal to itself and above all numbers; texts go by their UTF-8 bytes. */
function difference(a: unknown, b: unknown): number {
  if (a instanceof Date) return difference(a.getTime(), b instanceof Date ? b.getTime() : b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}

function related(operator: ComparisonOperator, sign: number): boolean {
  if (operator === '=') return sign === 0;
  if (operator === '!=') return sign !== 0;
  if (operator === '<') return sign < 0;
  if (operator === '<=') return sign <= 0;
  return operator === '>' ? sign > 0 : sign >= 0;
}

/** Never unknown: null is distinct from all but null, and what does not compare is distinct. */
function isDistinctFrom(x: unknown, scalar: Scalar): boolean {
  if (scalar === null || isMissing(x)) return (scalar === null) !== isMissing(x);
  return against(x, '=', scalar) !== true;
}

// Patterns

function likeMatches(x: unknown, pattern: Scalar, escape: string, insensitive: boolean): Three {
  if (typeof x !== 'string' || typeof pattern !== 'string') return null;
  const lower = (characters: readonly string[]): string[] =>
    insensitive ? characters.map((c) => (c === 'İ' ? 'i' : c.toLowerCase())) : [...characters];
  const text = lower(Array.from(x));
  const tokens: (string | { readonly wild: '%' | '_' })[] = [];
  const source = Array.from(pattern);
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === escape) tokens.push(lower([source[++i] ?? escape])[0]!);
    else tokens.push(c === '%' || c === '_' ? { wild: c } : lower([c])[0]!);
  }
  // reachable[j]: the tokens so far match the first j characters.
  let reachable = text.map(() => false);
  reachable.unshift(true);
  for (const token of tokens) {
    const next: boolean[] = [];
    for (let j = 0; j <= text.length; j++) {
      if (typeof token === 'object' && token.wild === '%') next[j] = reachable[j]! || (j > 0 && next[j - 1]!);
      else next[j] = j > 0 && reachable[j - 1]! && (typeof token === 'object' || token === text[j - 1]);
    }
    reachable = next;
  }
  return reachable[text.length]!;
}

/** The JavaScript engine stands in for RE2: patterns of tests must mean the same to both. */
function regexMatches(x: unknown, pattern: Scalar): Three {
  return typeof x === 'string' && typeof pattern === 'string' ? new RegExp(`^(?:${pattern})$`, 'u').test(x) : null;
}
