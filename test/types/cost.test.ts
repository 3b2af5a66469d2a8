/**
 * What checking SQL in the compiler costs, in type instantiations: a count the compiler prints and repeats exactly, unlike a time.
 *
 * The bounds are what was measured with the compiler of package-lock.json, rounded up by a few percent. A change that raises one should
 * say why; a change that lowers one should lower the bound.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replaceAll('\\', '/');
const COMPILER = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc');
const OPTIONS =
  '--noEmit --module nodenext --target es2023 --strict --skipLibCheck --allowImportingTsExtensions --ignoreConfig --extendedDiagnostics';

/** Predicates in one file. */
const MANY = 100;

/** Forty attributes beside those the predicates use: a wide value must not cost more. */
const WIDE = Array.from({ length: 40 }, (_, i) => `  field${i}: ${['string', 'number', 'boolean', 'Date'][i % 4]};`).join('\n');
const HEAD = `
import type { IMap } from '${ROOT}lib/api/map.ts';
interface Place { lat: number; lon: number; city: string; zip: number }
export interface Value {
  name: string; age: number; active: boolean; salary: number; grade: 'junior' | 'senior'; home: Place; work: Place;
${WIDE}
}
declare const map: IMap<string, Value>;
`;

interface Form {
  readonly name: string;
  readonly bound: number;
  readonly line: (i: number) => string;
}
const FORMS: readonly Form[] = [
  {
    name: 'three conditions, words apart by one space',
    bound: 500,
    line: (i) => `void map.values("active AND (age < ${i} OR home.city = 'c${i}') AND field${(i % 10) * 4 + 1} >= ${i}");`,
  },
  {
    name: 'three conditions, no space that is not needed',
    bound: 1350,
    line: (i) => `void map.values("active AND(age<${i} OR home.city='c${i}')AND field${(i % 10) * 4 + 1}>=${i}");`,
  },
  {
    name: 'three conditions with four parameters',
    bound: 600,
    line: (i) => `void map.values("field1 = ${i} AND age < ? AND name LIKE ? AND salary BETWEEN ? AND ?", 1, 'x', 2, 3);`,
  },
  {
    name: 'three conditions on three lines',
    bound: 650,
    line: (i) => `void map.values(\`\n  active\n  AND age < ${i}\n  AND grade IN ('junior', 'senior')\n\`);`,
  },
  {
    name: 'three conditions as criteria',
    bound: 110,
    line: (i) =>
      `void map.values((e) => e.is('active').and(e.get('age').lessThan(${i}).or(e.get('home.city').equal('c${i}'))).and(e.get('field${(i % 10) * 4 + 1}').greaterEqual(${i})));`,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'checked-cost-'));
/** What a file without predicates needs. */
const NONE = instantiations(['export {};']);
const test = describe('types/cost');
test.after(() => rmSync(folder, { recursive: true }));

for (const { name, bound, line } of FORMS) {
  test(`${name}: at most ${bound} instantiations`, () => {
    const lines = Array.from({ length: MANY }, (_, i) => line(i));
    const each = (instantiations(lines) - NONE) / lines.length;
    if (process.env['TEST_TIMES']) console.log(`  ${name}: ${each} instantiations`);
    assert.ok(each > 0 && each <= bound, `${each} instantiations`);
  });
}

test('a literal of 2,000 characters compiles', () => {
  const conditions = Array.from({ length: 150 }, (_, i) => `age = ${i}`).join(' OR ');
  const list = `age IN (${Array.from({ length: 700 }, (_, i) => i).join(', ')})`;
  assert.ok(conditions.length > 1800 && list.length > 2000);
  const lines = [`void map.values("${conditions} OR name = 'a long text at the end of a long predicate'");`, `void map.values("${list}");`];
  assert.ok(instantiations(lines) > NONE);
});

test.run();

/** How many the compiler needs for these lines; it must find no fault in them. */
function instantiations(lines: readonly string[]): number {
  const file = join(folder, 'predicates.ts');
  writeFileSync(file, `${HEAD}${lines.join('\n')}\n`);
  const { status, stdout } = spawnSync(process.execPath, [COMPILER, ...OPTIONS.split(' '), file], { encoding: 'utf8', cwd: folder });
  assert.is(status, 0, stdout.slice(0, 500));
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
}
