/** Each error code has a class, a line in `docs/errors.md`, and a place in the sources that throws it; the page names no others. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import * as errors from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/errors.md`, 'utf8');
const DECLARED = [...readFileSync(`${ROOT}/lib/errors.ts`, 'utf8').matchAll(/^ {2}\| '(ERR_\w+)'/gm)].map((match) => match[1]!);

type ErrorClass = new (message: string) => errors.CobnutError;
const CLASSES = Object.entries(errors).filter(([name]) => name !== 'CobnutError') as unknown as [string, ErrorClass][];

/** As the page has them: in the order of the codes. */
const CLASSES_BY_DECLARATION = DECLARED.map((code) => [code, CLASSES.find(([, Class]) => new Class('x').code === code)?.[0]]);

const test = describe('errors');

test('one class for each code', () => {
  assert.equal(CLASSES.map(([, Class]) => new Class('x').code).toSorted(), DECLARED.toSorted());
});

test('an error knows its name, its code, and keeps its details', () => {
  const cause = new Error('why');
  for (const [name, Class] of CLASSES as unknown as [string, new (message: string, rest: errors.ErrorDetails) => errors.CobnutError][]) {
    const error = new Class('what', { cause, details: { a: 1 } });
    assert.ok(error instanceof errors.CobnutError && error instanceof Error);
    assert.equal([error.name, error.message, error.cause, error.details], [name, 'what', cause, { a: 1 }]);
    assert.ok(Object.isFrozen(error.details));
    assert.not.ok('cause' in new Class('what', {}));
  }
});

test('each code has its line in the page: class, when, what to do', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| `'));
  assert.equal(rows.map((row) => row.split('|').slice(1, 3).map((cell) => cell.trim().replaceAll('`', ''))), CLASSES_BY_DECLARATION); // prettier-ignore
  for (const row of rows)
    assert.ok(
      row
        .split('|')
        .slice(3, 5)
        .every((cell) => cell.trim().length > 10),
      row,
    );
});

test('each class is thrown somewhere', () => {
  const sources = ['lib', 'stores', 'grammar'].flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`${ROOT}/${folder}/${name}`, 'utf8')),
  );
  for (const [name] of CLASSES)
    assert.ok(
      sources.some((text) => text.includes(`new ${name}(`)),
      `${name} is never made`,
    );
});

test.run();
