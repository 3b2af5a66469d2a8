/**
 * Attributes inside a jsonb column: any of them may hold anything, so a condition asks for the value's type first.
 *
 * Paths are bound as parameters. `->` gives nothing for what is no object, as the map does; elements go by a strict JSON path, which takes only
 * lists apart (`'5'::jsonb -> 0` would be 5).
 */
import { holds } from '../../../grammar/comparison.ts';
import type { ComparisonOperator, PathStep } from '../../../grammar/ast.ts';
import { compareNearest } from './decimals.ts';
import { FALSE, NotPushed, TRUE, allOf, anyOf, type Bindings, type Fragment } from './fragments.ts';
import { amongDoubles, doubleConstant, doubleText, doublesOf } from './numbers.ts';
import { truthConstant } from './booleans.ts';
import { ABSENT, inTexts, ordered, type Subject } from './subject.ts';
import { compareTexts, isStorable, textSubject, type TextColumn } from './texts.ts';

/** The value at `steps` of a quoted jsonb column. */
export function jsonSubject(column: string, steps: readonly PathStep[], utf8: boolean, bindings: Bindings): Subject {
  const names = steps.map((step) => (step.kind === 'name' ? step.name : undefined));
  if (names.some((name) => name !== undefined && !isStorable(name))) return ABSENT;
  if (names.some((name) => name === 'length' || /^\d+$/.test(name ?? ''))) throw new NotPushed('a name that lists have too');
  const isNames = names.every((name) => name !== undefined);
  // Bound where it is used: what is not used must not be bound, or its type is unknown.
  const value = (): string => (isNames ? byNames(column, names, bindings) : byPath(column, steps, bindings));
  const kind = (): string => `jsonb_typeof(${value()})`;
  /** Only within a CASE that asks for the kind: what is no number can't be converted. */
  const decimal = (): string => `(${value()})::numeric`;
  const ofText = (): TextColumn => {
    const sql = `(${value()} #>> '{}')`;
    return { sql, column: sql, deterministic: true, utf8 };
  };

  const texts = (operator: ComparisonOperator, constant: string): Fragment => {
    if (operator === '=' && isNames && isStorable(constant)) {
      const holder = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), constant);
      // Containment tells the text from a number that looks like it, and finds an index of the whole column.
      return allOf([
        compareTexts(ofText(), operator, constant, bindings),
        `${column} @> ${bindings.bind(JSON.stringify(holder), 'jsonb')}`,
      ]);
    }
    return when(kind, 'string', compareTexts(ofText(), operator, constant, bindings));
  };
  const numbers = (operator: ComparisonOperator, constant: number | bigint): Fragment => {
    const exact = typeof constant === 'bigint' ? amongDoubles(operator, constant) : { operator, bound: constant };
    if (exact === 'none') return FALSE;
    const test = exact === 'all' ? TRUE : compareNearest(decimal, exact.operator, exact.bound, bindings);
    if (test === FALSE || test === TRUE) return when(kind, 'number', test);
    return `CASE WHEN ${kind()} = 'number' THEN ${test} ELSE FALSE END`;
  };
  const booleans = (operator: ComparisonOperator, constant: boolean): Fragment =>
    anyOf([true, false].filter((truth) => holds(operator, Number(truth) - Number(constant))).map((truth) => `${value()} = '${truth}'`));

  /** Conversion to a double is refused at both ends of the decimals, and there no constant lies but perhaps 0. */
  const numberAmong = (list: readonly (number | undefined)[], negated: boolean): Fragment => {
    const doubles = list.filter((number) => number !== undefined && !Number.isNaN(number)).map((number) => doubleText(number!));
    if (doubles.length === 0) return negated ? when(kind, 'number', TRUE) : FALSE;
    const inside = inTexts(`${decimal()}::float8`, doubles, 'float8', negated, TRUE, bindings);
    const outside = doubles.includes('0') ? compareNearest(decimal, negated ? '!=' : '=', 0, bindings) : negated ? TRUE : FALSE;
    const test = `CASE WHEN abs(${decimal()}) BETWEEN ${LEAST} AND ${GREATEST} THEN ${inside} ELSE ${outside} END`;
    return `CASE WHEN ${kind()} = 'number' THEN ${test} ELSE FALSE END`;
  };

  return {
    get isNull() {
      return `coalesce(${kind()}, 'null') = 'null'`;
    },
    get isNotNull() {
      return `${kind()} <> 'null'`;
    },
    compare(operator, constant) {
      const number = doubleConstant(constant);
      const truth = truthConstant(constant);
      return anyOf([
        ...(typeof constant === 'string' ? [texts(operator, constant)] : []),
        ...(number === undefined ? [] : [numbers(operator, number)]),
        ...(truth === undefined ? [] : [booleans(operator, truth)]),
      ]);
    },
    among(constants, negated) {
      const doubles = doublesOf(constants);
      if (doubles.some(isExtreme)) return undefined;
      const strings = constants.filter((constant) => typeof constant === 'string');
      const truths = constants.map(truthConstant).filter((truth) => truth !== undefined);
      // NOT IN is true only of what all of the constants can be compared with.
      const areWanted = (list: readonly unknown[]): boolean => (negated ? list.length === constants.length : list.length > 0);
      return anyOf([
        ...(areWanted(strings) ? [when(kind, 'string', textSubject(ofText(), bindings).among!(strings, negated)!)] : []),
        ...(areWanted(doubles) ? [numberAmong(doubles, negated)] : []),
        ...(areWanted(truths)
          ? [true, false].filter((truth) => truths.includes(truth) !== negated).map((truth) => `${value()} = '${truth}'`)
          : []),
      ]);
    },
    like(pattern, insensitive, negated) {
      return when(kind, 'string', textSubject(ofText(), bindings).like(pattern, insensitive, negated));
    },
    order(direction, last) {
      // Decimals that are one double would be told apart, which is only right where nothing else comes after them.
      if (!last || !utf8) return undefined;
      const rank = `CASE coalesce(${kind()}, 'null') WHEN 'boolean' THEN CASE WHEN ${value()} = 'true' THEN 1 ELSE 0 END WHEN 'number' THEN 2 WHEN 'string' THEN 3 WHEN 'null' THEN 5 ELSE 4 END`;
      const number = `CASE WHEN ${kind()} = 'number' THEN ${decimal()} END`;
      const text = `CASE WHEN ${kind()} = 'string' THEN (${value()} #>> '{}') END COLLATE "C"`;
      return { terms: [rank, number, text].map((term) => ordered(term, direction)) };
    },
  };
}

/** Sizes between which a decimal certainly has a double. */
const LEAST = 1e-300;
const GREATEST = 1e300;

function isExtreme(number: number | undefined): boolean {
  if (number === undefined || number === 0 || Number.isNaN(number)) return false;
  return Math.abs(number) < LEAST * 10 || Math.abs(number) > GREATEST / 10;
}

function when(kind: () => string, type: string, test: Fragment): Fragment {
  return test === FALSE ? FALSE : allOf([`${kind()} = '${type}'`, test]);
}

function byNames(column: string, names: readonly string[], bindings: Bindings): string {
  return `(${[column, ...names.map((name) => bindings.bind(name, 'text'))].join(' -> ')})`;
}

function byPath(column: string, steps: readonly PathStep[], bindings: Bindings): string {
  const path = steps.map((step) =>
    step.kind === 'name' ? `.${JSON.stringify(step.name)}` : step.kind === 'element' ? `[${step.index}]` : '',
  );
  return `jsonb_path_query_first(${column}, ${bindings.bind(`strict $${path.join('')}`, 'jsonpath')}, '{}', true)`;
}
