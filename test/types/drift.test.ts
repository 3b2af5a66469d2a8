/**
 * The compile-time checker against the run-time parser on random texts: both must take what is well formed and well typed, and the
 * checker must refuse what the parser refuses. (The other way round is no fault: the checker knows attributes and types.)
 *
 * Well-formed texts are made from words and spelt in many ways; the others are those with a word left out, doubled, exchanged or put in.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replaceAll('\\', '/');
const COMPILER = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc');
const OPTIONS = '--noEmit --module nodenext --target es2023 --strict --skipLibCheck --allowImportingTsExtensions --ignoreConfig';
const HEAD = `import type { Checked } from '${ROOT}grammar/checked.ts';
interface Value { name: string; age: number; active: boolean; hired: Date; manager: string | null; tags: string[]; 'odd name': number;
  address: { city: string; zip: number }; limbs: { length: number }[] }
declare function check<const S extends string>(text: Checked<S, Value, string>): void;
`;

type Words = readonly string[];

const NUMBERS = ['age', 'address.zip', 'limbs[0].length', 'limbs[any].length', '`odd name`', 'this.age', '`age`'] as const;
const TEXTS = ['name', 'manager', 'address.city', 'tags[any]', '__key', 'address.`city`'] as const;
const numeral = fc.constantFrom('0', '30', '-1', '1.5', '1e3', '?', "'42'");
const quoted = fc.constantFrom("'x'", "''", "'it''s'", '"Joe"', "'a b'", "'(%_)'", "' AND '", '?');
const order = fc.constantFrom('<', '<=', '>', '>=', '=', '==', '!=', '<>');
const maybeNot = fc.constantFrom<Words>([], ['NOT']);

/** One test on an attribute of a family, with values that suit it. */
function conditionOn(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Words> {
  const name = fc.constantFrom(...names);
  return fc.oneof(
    fc.tuple(name, order, value),
    fc.tuple(value, order, name),
    fc.tuple(name, order, fc.constantFrom(...names)),
    fc.tuple(name, maybeNot, value, value).map(([a, not, low, high]) => [a, ...not, 'BETWEEN', low, 'AND', high]),
    fc.tuple(name, maybeNot, value, value).map(([a, not, low, high]) => [a, ...not, 'BETWEEN', '(', low, ',', high, ')']),
    fc
      .tuple(name, maybeNot, fc.array(fc.oneof(value, fc.constant('NULL')), { minLength: 1, maxLength: 4 }))
      .map(([a, not, values]) => [a, ...not, 'IN', '(', ...values.flatMap((one, i) => (i === 0 ? [one] : [',', one])), ')']),
    fc.tuple(name, maybeNot).map(([a, not]) => [a, 'IS', ...not, 'NULL']),
    fc.tuple(name, maybeNot, value).map(([a, not, one]) => [a, 'IS', ...not, 'DISTINCT', 'FROM', one]),
  );
}
const like = fc
  .tuple(fc.constantFrom(...TEXTS), maybeNot, fc.constantFrom('LIKE', 'ILIKE'), quoted, fc.constantFrom<Words>([], ['ESCAPE', "'!'"]))
  .map(([name, not, operator, pattern, escape]) => [name, ...not, operator, pattern, ...escape]);
const others = fc.constantFrom<Words>(
  ['active'],
  ['NOT', 'active'],
  ['active', '=', 'TRUE'],
  ['active', 'IS', 'NOT', 'FALSE'],
  ['TRUE'],
  ['FALSE', '=', 'active'],
  ['name', 'REGEX', "'J.*'"],
  ['hired', '>', "'2020-01-01'"],
  ['hired', 'BETWEEN', '?', 'AND', "'2020-12-31T00:00:00Z'"],
  ['1', '=', '2'],
);
const condition = fc.oneof(conditionOn(NUMBERS, numeral), conditionOn(TEXTS, quoted), like, others);
const { predicate } = fc.letrec<{ predicate: Words }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    condition,
    fc.tuple(tie('predicate'), fc.constantFrom('AND', 'OR'), tie('predicate')).map(([a, word, b]) => [...a, word, ...b]),
    tie('predicate').map((inner) => ['(', ...inner, ')']),
    tie('predicate').map((inner) => ['NOT', '(', ...inner, ')']),
  ),
}));

/** A text of these words; between two of them a space or more, or nothing where it may be left out. */
function spelt(words: Words): fc.Arbitrary<string> {
  const gaps = fc.array(fc.constantFrom(' ', ' ', ' ', '', '  ', '\n  ', '\t'), {
    minLength: words.length + 1,
    maxLength: words.length + 1,
  });
  return fc.tuple(gaps, fc.boolean()).map(([spaces, isLower]) => {
    let made = '';
    for (const [i, word] of words.entries()) {
      const needsSpace = /[\w`'"\])?]$/.test(made) && /^[\w`'"?:.+-]/.test(word);
      made += (needsSpace && spaces[i] === '' ? ' ' : spaces[i]) + (isLower && /^[A-Z]+$/.test(word) ? word.toLowerCase() : word);
    }
    return made + spaces[words.length];
  });
}

/** One word out, twice, somewhere else, or one too many. */
function damaged(words: Words): fc.Arbitrary<Words> {
  const at = fc.nat(words.length - 1);
  const extra = fc.constantFrom(
    '(',
    ')',
    ',',
    'AND',
    'OR',
    'NOT',
    'IN',
    'IS',
    'BETWEEN',
    'NULL',
    '=',
    '<',
    'age',
    '3',
    "'x'",
    ';',
    "'",
    ':n',
  );
  return fc.oneof(
    at.map((i) => words.toSpliced(i, 1)),
    at.map((i) => words.toSpliced(i, 0, words[i]!)),
    fc.tuple(at, extra).map(([i, word]) => words.toSpliced(i, 0, word)),
    fc.tuple(at, at).map(([i, j]) => words.with(i, words[j]!).with(j, words[i]!)),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'checked-drift-'));
const test = describe('types/drift');
test.after(() => rmSync(folder, { recursive: true }));

test('parser and checker judge one language', () => {
  const good = fc.sample(predicate.chain(spelt), { numRuns: 250, seed: SEED });
  const broken = fc.sample(predicate.chain(damaged).chain(spelt), { numRuns: 500, seed: SEED });
  assert.equal(
    good.filter((one) => !parse(one).ok),
    [],
    `seed ${SEED}: refused by the parser`,
  );
  const bad = broken.filter((one) => !parse(one).ok && !isBeyondTypes(one));
  assert.ok(bad.length > 200, `only ${bad.length} of the damaged texts are wrong`);
  assert.equal(faults(good, bad), [], `seed ${SEED}: the checker disagrees`);
});

test.run();

/** The length of a text is the one thing the checker does not look at. */
function isBeyondTypes(text: string): boolean {
  return /one character/.test(JSON.stringify(parse(text)));
}

/** The texts about which the compiler thinks otherwise. */
function faults(good: readonly string[], bad: readonly string[]): readonly string[] {
  const lines = [
    ...good.map((one) => `check(${JSON.stringify(one)});`),
    ...bad.flatMap((one) => ['// @ts-expect-error', `check(${JSON.stringify(one)});`]),
  ];
  const file = join(folder, 'texts.ts');
  writeFileSync(file, `${HEAD}${lines.join('\n')}\n`);
  const { stdout } = spawnSync(process.execPath, [COMPILER, ...OPTIONS.split(' '), file], { encoding: 'utf8', cwd: folder });
  const first = HEAD.split('\n').length;
  return [...stdout.matchAll(/^[^\n]*texts\.ts\((\d+),\d+\): error ([^\n]*)/gm)].map(([, line, message]) => {
    const index = Number(line) - first;
    return lines[index]!.startsWith('//') ? `accepted: ${lines[index + 1]}` : `${lines[index]} ${message}`;
  });
}
