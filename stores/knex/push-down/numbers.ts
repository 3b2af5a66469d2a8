/**
 * Columns of numbers.
 *
 * A constant is changed so that it has the column's own type: then nothing is out of range, and an index on the column can be used. `i < 30.5` is
 * `i <= 30`; what lies beyond all integers is true or false for every one of them. NaN equals itself and is above all, as in PostgreSQL.
 */
import { holds } from '../../../grammar/comparison.ts';
import type { ComparisonOperator } from '../../../grammar/ast.ts';
import { bigintIn, numberIn } from '../../../grammar/text-values.ts';
import { FALSE, NotPushed, type Bindings, type Fragment } from './fragments.ts';
import { inTexts, ordered, sqlOperator, type Constant, type Subject } from './subject.ts';

const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
  oid: [0n, 2n ** 32n - 1n],
};

export function isIntegerType(type: string): boolean {
  return Object.hasOwn(INTEGERS, type);
}

/** A comparison with a whole number of the range, or what is so for every value: true for all, or for none. */
export type Folded = { readonly operator: ComparisonOperator; readonly bound: bigint } | 'all' | 'none';

/** What `x operator constant` comes to for whole numbers `x` between `low` and `high`. */
export function foldInteger(operator: ComparisonOperator, constant: number | bigint, low: bigint, high: bigint): Folded {
  const whole = (sign: number): Folded => (holds(operator, sign) ? 'all' : 'none');
  if (typeof constant === 'number' && !Number.isFinite(constant)) return whole(constant === -Infinity ? 1 : -1);
  if (constant > high) return whole(-1);
  if (constant < low) return whole(1);
  if (typeof constant === 'bigint') return { operator, bound: constant };
  const below = BigInt(Math.floor(constant));
  if (Number.isInteger(constant)) return { operator, bound: below };
  switch (operator) {
    case '=':
      return 'none';
    case '!=':
      return 'all';
    case '<':
    case '<=':
      return { operator: '<=', bound: below };
    default:
      return { operator: '>=', bound: below + 1n };
  }
}

/** smallint, integer, bigint, oid. `column` is quoted. */
export function integerSubject(column: string, type: string, bindings: Bindings): Subject {
  const [low, high] = INTEGERS[type]!;
  const isNotNull = `${column} IS NOT NULL`;
  return {
    isNull: `${column} IS NULL`,
    isNotNull,
    compare(operator, constant) {
      const number = integerConstant(constant);
      if (number === undefined) return FALSE;
      const folded = foldInteger(operator, number, low, high);
      if (folded === 'all') return isNotNull;
      if (folded === 'none') return FALSE;
      return `${column} ${sqlOperator(folded.operator)} ${bindings.bind(String(folded.bound), type)}`;
    },
    among(constants, negated) {
      const texts: string[] = [];
      for (const constant of constants) {
        const number = integerConstant(constant);
        if (number === undefined && negated) return FALSE;
        const folded = number === undefined ? 'none' : foldInteger('=', number, low, high);
        if (typeof folded === 'object') texts.push(String(folded.bound));
      }
      return inTexts(column, texts, type, negated, isNotNull, bindings);
    },
    like: () => FALSE,
    comparable: { kind: 'integer', sql: column },
    order: (direction) => ({ terms: [ordered(column, direction)] }),
  };
}

/** Digits alone are the whole number that they are, everything else the nearest double. */
function integerConstant(constant: Constant): number | bigint | undefined {
  if (typeof constant !== 'string') return numeric(constant);
  const number = numberIn(constant);
  const digits = bigintIn(constant);
  if (number === undefined && digits !== undefined) throw new NotPushed('a number of more than 308 digits');
  return digits ?? number;
}

function numeric(constant: Constant): number | bigint | undefined {
  return typeof constant === 'number' || typeof constant === 'bigint' ? constant : undefined;
}

/** What a number column compares with: for texts the nearest double, as the map reads them beside a number. */
export function doubleConstant(constant: Constant): number | bigint | undefined {
  return typeof constant === 'string' ? numberIn(constant) : numeric(constant);
}

/** real and double precision. A real is exact as a double, and PostgreSQL compares the two as doubles. */
export function floatSubject(column: string, bindings: Bindings): Subject {
  return {
    isNull: `${column} IS NULL`,
    isNotNull: `${column} IS NOT NULL`,
    compare(operator, constant) {
      const number = doubleConstant(constant);
      if (number === undefined) return FALSE;
      const exact = typeof number === 'bigint' ? amongDoubles(operator, number) : { operator, bound: number };
      if (exact === 'all') return `${column} IS NOT NULL`;
      return exact === 'none' ? FALSE : `${column} ${sqlOperator(exact.operator)} ${bindings.bind(doubleText(exact.bound), 'float8')}`;
    },
    among: (constants, negated) => amongNumbers(column, constants, 'float8', negated, bindings),
    like: () => FALSE,
    comparable: { kind: 'float', sql: column },
    order: (direction) => ({ terms: [ordered(column, direction)] }),
  };
}

function amongNumbers(
  column: string,
  constants: readonly Constant[],
  type: 'float8' | 'numeric',
  negated: boolean,
  bindings: Bindings,
): Fragment {
  const numbers = doublesOf(constants);
  if (negated && numbers.length < constants.length) return FALSE;
  // A numeric column holds no infinity, and an old server can't read one.
  const texts = numbers.flatMap((number) =>
    number === undefined || (type === 'numeric' && Math.abs(number) === Infinity) ? [] : [doubleText(number)],
  );
  return inTexts(column, texts, type, negated, `${column} IS NOT NULL`, bindings);
}

/** Those of the constants that a number compares with; undefined for a bigint that no double equals. */
export function doublesOf(constants: readonly Constant[]): (number | undefined)[] {
  const doubles: (number | undefined)[] = [];
  for (const constant of constants) {
    const number = doubleConstant(constant);
    if (typeof number === 'number') doubles.push(number);
    else if (number !== undefined) doubles.push(isDouble(number) ? Number(number) : undefined);
  }
  return doubles;
}

function isDouble(constant: bigint): boolean {
  const nearest = Number(constant);
  return Number.isFinite(nearest) && BigInt(nearest) === constant;
}

/** A bigint that is no double lies between two of them. */
export function amongDoubles(
  operator: ComparisonOperator,
  constant: bigint,
): { readonly operator: ComparisonOperator; readonly bound: number } | 'all' | 'none' {
  const nearest = Number(constant);
  if (isDouble(constant)) return { operator, bound: nearest };
  if (operator === '=') return 'none';
  if (operator === '!=') return 'all';
  // The language compares a number with a bigint exactly.
  if (operator === '<' || operator === '<=') return { operator: nearest > constant ? '<' : '<=', bound: nearest };
  return { operator: nearest > constant ? '>=' : '>', bound: nearest };
}

export function doubleText(number: number): string {
  return Object.is(number, -0) ? '0' : String(number);
}

/**
 * numeric of at most 15 digits, kept as a number. Decimals of 15 digits and doubles are one to one, so the shortest decimal of the constant compares
 * with the column as the constant does with the column's double.
 */
export function numericSubject(column: string, bindings: Bindings): Subject {
  const isNotNull = `${column} IS NOT NULL`;
  return {
    isNull: `${column} IS NULL`,
    isNotNull,
    compare(operator, constant) {
      const number = doubleConstant(constant);
      if (number === undefined) return FALSE;
      if (number === Infinity || number === -Infinity) return besideInfinity(column, operator, number);
      const text = typeof number === 'bigint' ? String(number) : doubleText(number);
      return `${column} ${sqlOperator(operator)} ${bindings.bind(text, 'numeric')}`;
    },
    among: (constants, negated) => amongNumbers(column, constants, 'numeric', negated, bindings),
    like: () => FALSE,
    order: (direction) => ({ terms: [ordered(column, direction)] }),
  };
}

/** A numeric with a precision holds no infinity, but NaN, which is above it; and before PostgreSQL 14 none can be written. */
function besideInfinity(column: string, operator: ComparisonOperator, infinity: number): Fragment {
  if (infinity < 0) return holds(operator, 1) ? `${column} IS NOT NULL` : FALSE;
  const finite = holds(operator, -1);
  if (finite && holds(operator, 1)) return `${column} IS NOT NULL`;
  if (finite) return `${column} <> 'NaN'`;
  return holds(operator, 1) ? `${column} = 'NaN'` : FALSE;
}
