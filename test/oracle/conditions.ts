/** Random predicates over the whole grammar, each as Cobnut's SQL, as PostgreSQL's SQL, and as criteria. */
import fc from 'fast-check';
import { PredicateBuilder, type Predicate } from '../../lib/index.ts';
import { BIGINTS, CITIES, DATES, FLOATS, INTEGERS, TEXTS, type Row } from './rows.ts';

export interface Condition {
  readonly sql: string;
  readonly postgres: string;
  /** Left out where criteria have no such form. */
  readonly criteria: Predicate<Row> | undefined;
}

/** An attribute, its column, and literals that suit it in both dialects. */
interface Subject {
  readonly path: string;
  readonly column: string;
  readonly values: fc.Arbitrary<Operand>;
  readonly ordered: boolean;
  readonly text: boolean;
}

interface Operand {
  readonly sql: string;
  readonly postgres: string;
  readonly value: string | number | bigint | boolean | Date;
}

/** Criteria without the compiler's check of paths: paths are data here. */
interface LooseAttribute {
  equal(value: unknown): Predicate<Row>;
  notEqual(value: unknown): Predicate<Row>;
  lessThan(value: unknown): Predicate<Row>;
  lessEqual(value: unknown): Predicate<Row>;
  greaterThan(value: unknown): Predicate<Row>;
  greaterEqual(value: unknown): Predicate<Row>;
  between(low: unknown, high: unknown): Predicate<Row>;
  in(...values: unknown[]): Predicate<Row>;
  like(pattern: string): Predicate<Row>;
  ilike(pattern: string): Predicate<Row>;
  isNull(): Predicate<Row>;
  isNotNull(): Predicate<Row>;
}
const entry = new PredicateBuilder<Row>().getEntryObject();
const attribute = (path: string): LooseAttribute => entry.get(path as 'i') as unknown as LooseAttribute;

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** PostgreSQL literal of any text, whatever standard_conforming_strings says; without a `?`, which knex would take for a parameter. */
const pgText = (text: string): string =>
  /[\\?]/.test(text)
    ? ` E'${text
        .replaceAll('\\', '\\\\')
        .replaceAll("'", "''")
        .replaceAll('?', String.raw`\x3F`)}'`
    : quote(text);

const textOperand = (text: string, doubled: boolean): Operand => ({
  sql: doubled && !text.includes('"') ? `"${text}"` : quote(text),
  postgres: pgText(text),
  value: text,
});
const texts = (from: readonly string[]): fc.Arbitrary<Operand> =>
  fc.tuple(fc.constantFrom(...from), fc.boolean()).map(([text, doubled]) => textOperand(text, doubled));

/** Numbers, some of them quoted: a quoted literal takes the attribute's type. */
const numbers = (type: string): fc.Arbitrary<Operand> =>
  fc
    .tuple(fc.oneof(fc.constantFrom(...INTEGERS), fc.constantFrom(...FLOATS), fc.integer({ min: 0, max: 60 })), fc.boolean())
    .map(([value, quoted]): Operand => {
      const plain = Object.is(value, -0) ? '0' : String(value);
      const finite = Number.isFinite(value);
      const postgres = type === 'float8' ? `'${plain}'::float8` : finite ? `${numericText(value)}::numeric` : `'${plain}'::numeric`;
      return { sql: quoted || !finite ? quote(plain) : plain, postgres, value: finite && !quoted ? value : plain };
    });

/** Enough for the fractions used here; toFixed gives them exactly. */
const DECIMALS = 60;

/** A double's exact decimal value, as PostgreSQL's numeric can hold it. */
function numericText(value: number): string {
  if (Number.isInteger(value)) return `'${BigInt(value)}'`;
  return `'${value.toFixed(DECIMALS)}'`;
}

const bigints: fc.Arbitrary<Operand> = fc
  .constantFrom(...BIGINTS)
  .map((value): Operand => ({ sql: String(value), postgres: `'${value}'::numeric`, value }));

const dates: fc.Arbitrary<Operand> = fc.tuple(fc.constantFrom(...DATES), fc.boolean()).map(([time, asNumber]): Operand => {
  const iso = new Date(time).toISOString();
  return { sql: asNumber ? String(time) : quote(iso), postgres: `'${iso}'::timestamptz`, value: asNumber ? time : new Date(time) };
});

const SUBJECTS: readonly Subject[] = [
  { path: 'i', column: 'i::numeric', values: numbers('numeric'), ordered: true, text: false },
  { path: 'f', column: 'f', values: numbers('float8'), ordered: true, text: false },
  { path: 'big', column: 'big::numeric', values: fc.oneof(bigints, numbers('numeric')), ordered: true, text: false },
  { path: 's', column: 's', values: texts(TEXTS), ordered: true, text: true },
  { path: 't', column: 't', values: texts(TEXTS), ordered: true, text: true },
  { path: 'address.city', column: 'city', values: texts([...CITIES, 'Paris']), ordered: true, text: true },
  { path: 'address.zip', column: 'zip::numeric', values: numbers('numeric'), ordered: true, text: false },
  { path: 'd', column: 'd', values: dates, ordered: true, text: false },
  {
    path: 'b',
    column: 'b',
    values: fc.boolean().map((value): Operand => ({ sql: value ? 'TRUE' : 'false', postgres: String(value), value })),
    ordered: false,
    text: false,
  },
];
const subject = fc.constantFrom(...SUBJECTS);
const textSubject = fc.constantFrom(...SUBJECTS.filter((one) => one.text));
const orderedSubject = fc.constantFrom(...SUBJECTS.filter((one) => one.ordered));
const keyword = (word: string): fc.Arbitrary<string> => fc.constantFrom(word, word.toLowerCase());

const COMPARISONS = {
  '=': ['=', 'equal'],
  '==': ['=', 'equal'],
  '!=': ['<>', 'notEqual'],
  '<>': ['<>', 'notEqual'],
  '<': ['<', 'lessThan'],
  '<=': ['<=', 'lessEqual'],
  '>': ['>', 'greaterThan'],
  '>=': ['>=', 'greaterEqual'],
} as const;
const MIRRORED = { '=': '=', '==': '==', '!=': '!=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
type Operator = keyof typeof COMPARISONS;

const comparison = fc
  .tuple(subject, fc.constantFrom(...(Object.keys(COMPARISONS) as Operator[])), fc.boolean())
  .chain(([{ path, column, values }, operator, mirrored]) =>
    values.map((operand): Condition => {
      const [postgres, method] = COMPARISONS[operator];
      return {
        sql: mirrored ? `${operand.sql} ${MIRRORED[operator]} ${path}` : `${path}${operator}${operand.sql}`,
        postgres: `(${column} ${postgres} ${operand.postgres})`,
        criteria: attribute(path)[method](operand.value),
      };
    }),
  );

const between = fc
  .tuple(orderedSubject, fc.boolean(), fc.boolean(), keyword('BETWEEN'))
  .chain(([{ path, column, values }, negated, listed, word]) =>
    fc.tuple(values, values).map(([low, high]): Condition => {
      const not = negated ? 'NOT ' : '';
      const bounds = listed ? `(${low.sql}, ${high.sql})` : `${low.sql} AND ${high.sql}`;
      const criteria = attribute(path).between(low.value, high.value);
      return {
        sql: `${path} ${not}${word} ${bounds}`,
        postgres: `(${column} ${not}BETWEEN ${low.postgres} AND ${high.postgres})`,
        criteria: negated ? criteria.not() : criteria,
      };
    }),
  );

const inList = fc.tuple(subject, fc.boolean(), fc.boolean()).chain(([{ path, column, values }, negated, withNull]) =>
  fc.array(values, { minLength: 1, maxLength: 5 }).map((operands): Condition => {
    const not = negated ? 'NOT ' : '';
    const criteria = attribute(path).in(...operands.map((operand) => operand.value));
    return {
      sql: `${path} ${not}IN (${[...operands.map((operand) => operand.sql), ...(withNull ? ['NULL'] : [])].join(', ')})`,
      postgres: `(${column} ${not}IN (${[...operands.map((operand) => operand.postgres), ...(withNull ? ['NULL'] : [])].join(', ')}))`,
      criteria: withNull ? undefined : negated ? criteria.not() : criteria,
    };
  }),
);

const pattern = fc
  .array(fc.constantFrom('%', '_', 'a', 'b', 'J', 'o', 's', '\\%', '\\_', '\\\\', '\u{1F600}', "'"), { maxLength: 6 })
  .map((parts) => parts.join(''));

const like = fc.tuple(textSubject, pattern, fc.boolean(), fc.boolean()).map(([{ path, column }, text, negated, insensitive]): Condition => {
  const word = `${negated ? 'NOT ' : ''}${insensitive ? 'ILIKE' : 'LIKE'}`;
  const criteria = insensitive ? attribute(path).ilike(text) : attribute(path).like(text);
  return {
    sql: `${path} ${word} ${quote(text)}`,
    postgres: `(${column} ${word} ${pgText(text)})`,
    criteria: negated ? criteria.not() : criteria,
  };
});

const likeWithEscape = fc
  .tuple(textSubject, fc.array(fc.constantFrom('%', '_', 'a', 'b', '#%', '#_', '##', '\\'), { maxLength: 5 }))
  .map(([{ path, column }, parts]): Condition => {
    const text = parts.join('');
    return { sql: `${path} LIKE ${quote(text)} ESCAPE '#'`, postgres: `(${column} LIKE ${pgText(text)} ESCAPE '#')`, criteria: undefined };
  });

const regex = fc
  .tuple(textSubject, fc.constantFrom('a', 'a*b', '[ab]+', 'J(o|os)[a-z]*', 'a|b', '(a%|_)?b?', '\\d+', ''), fc.boolean())
  .map(([{ path, column }, text, negated]): Condition => ({
    sql: `${path} ${negated ? 'NOT ' : ''}REGEX ${quote(text)}`,
    postgres: `(${column} ${negated ? '!~' : '~'} ${pgText(`^(?:${text})$`)})`,
    criteria: undefined,
  }));

const isNull = fc.tuple(subject, fc.boolean()).map(([{ path, column }, negated]): Condition => {
  const criteria = negated ? attribute(path).isNotNull() : attribute(path).isNull();
  return { sql: `${path} IS ${negated ? 'NOT ' : ''}NULL`, postgres: `(${column} IS ${negated ? 'NOT ' : ''}NULL)`, criteria };
});

const isDistinct = fc.tuple(subject, fc.boolean(), fc.boolean()).chain(([{ path, column, values }, negated, fromNull]) =>
  values.map((operand): Condition => {
    const words = `IS ${negated ? 'NOT ' : ''}DISTINCT FROM`;
    return {
      sql: `${path} ${words} ${fromNull ? 'NULL' : operand.sql}`,
      postgres: `(${column} ${words} ${fromNull ? 'NULL' : operand.postgres})`,
      criteria: undefined,
    };
  }),
);

const isTruth = fc.tuple(fc.boolean(), fc.boolean()).map(([value, negated]): Condition => {
  const words = `b IS ${negated ? 'NOT ' : ''}${value ? 'TRUE' : 'FALSE'}`;
  return { sql: words, postgres: `(${words})`, criteria: undefined };
});

const truth = fc.constant<Condition>({ sql: 'b', postgres: '(b)', criteria: entry.is('b') });

/** Two attributes of one family. */
const pair = fc
  .tuple(
    fc.constantFrom(['s', 's', 't', 't'], ['address.zip', 'zip::numeric', 'i', 'i::numeric'], [
      'big',
      'big::numeric',
      'i',
      'i::numeric',
    ] as const),
    fc.constantFrom('=', '<', '<=', '!='),
  )
  .map(([[left, leftColumn, right, rightColumn], operator]): Condition => ({
    sql: `${left} ${operator} ${right}`,
    postgres: `(${leftColumn} ${operator} ${rightColumn})`,
    criteria: undefined,
  }));

const anyTag = fc.tuple(fc.constantFrom('x', 'a%b', ''), fc.constantFrom('=', '!=', '<', '>=')).map(([text, operator]): Condition => ({
  sql: `tags[any] ${operator} ${quote(text)}`,
  postgres: `(${quote(text)} ${operator === '<' ? '>' : operator === '>=' ? '<=' : operator} ANY(coalesce(tags, array[null]::text[])))`,
  criteria: undefined,
}));

const firstTag = fc
  .constantFrom('x', 'y')
  .map((text): Condition => ({ sql: `tags[0] = ${quote(text)}`, postgres: `(tags[1] = ${quote(text)})`, criteria: undefined }));

const constant = fc.boolean().map((value): Condition => ({ sql: value ? 'TRUE' : 'FALSE', postgres: String(value), criteria: undefined }));

const leaf = fc.oneof(
  { weight: 8, arbitrary: comparison },
  { weight: 4, arbitrary: between },
  { weight: 4, arbitrary: inList },
  { weight: 4, arbitrary: like },
  { weight: 1, arbitrary: likeWithEscape },
  { weight: 1, arbitrary: regex },
  { weight: 2, arbitrary: isNull },
  { weight: 2, arbitrary: isDistinct },
  { weight: 1, arbitrary: isTruth },
  { weight: 2, arbitrary: truth },
  { weight: 1, arbitrary: pair },
  { weight: 1, arbitrary: anyTag },
  { weight: 1, arbitrary: firstTag },
  { weight: 1, arbitrary: constant },
);

function joined(word: 'AND' | 'OR', terms: readonly Condition[]): Condition {
  const criteria = terms.map((term) => term.criteria);
  const all = criteria.every((one) => one !== undefined);
  return {
    sql: `(${terms.map((term) => term.sql).join(` ${word} `)})`,
    postgres: `(${terms.map((term) => term.postgres).join(` ${word} `)})`,
    criteria: all ? criteria.reduce((a, b) => (word === 'AND' ? a.and(b) : a.or(b))) : undefined,
  };
}

export const conditionArbitrary: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((terms) => joined('AND', terms)),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((terms) => joined('OR', terms)),
    tie('tree').map((term) => ({ sql: `NOT (${term.sql})`, postgres: `(NOT ${term.postgres})`, criteria: term.criteria?.not() })),
  ),
})).tree;
