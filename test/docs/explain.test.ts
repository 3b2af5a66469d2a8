/**
 * The plans shown in `docs/explain.md` are the plans that are made: each query there is explained anew and compared, text for text.
 *
 * `UPDATE_DOCS=1 npm run test:run -- explain` writes the present texts into the page; read them before you commit.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { employees, type Employee } from '../../bench/employees.ts';
import { newInstance, type IMap, type Instance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';

const PAGE = fileURLToPath(new URL('../../docs/explain.md', import.meta.url));
const ROWS = 100_000;

type Explain = (map: IMap<number, Employee>) => Promise<{ toString(): string }>;

/** By the heading each has in the page. */
const EXAMPLES: Readonly<Record<string, Explain>> = {
  'A range and a flag': (map) => map.query().where('active AND age < 30').explain(),
  'A narrow range': (map) => map.query().where('salary BETWEEN 60000 AND 60500').explain(),
  'One value': (map) => map.query().where(`city = 'C99'`).explain(),
  'The beginning of a text': (map) => map.query().where(`name LIKE 'Jo%'`).explain(),
  'A list and a range': (map) => map.query().where('age IN (20, 30, 40) AND salary BETWEEN 50000 AND 80000').explain(),
  'OR and NOT': (map) => map.query().where('active AND (salary >= 140000 OR NOT (age BETWEEN 20 AND 60))').explain(),
  'Two equalities, one index': (map) => map.query().where(`dept = 'D7' AND city = 'C99' AND age >= 50`).explain(),
  'No index at all': (map) => map.query().where(`surname = 'Smith' AND hired > 1600000000000`).explain(),
  'The first fifty': (map) => map.query().where('active').orderBy('salary').limit(50).explain(),
  'In order, without an index for it': (map) => map.query().where('age = 30').orderBy('hired', 'desc').limit(10).explain(),
  'Nothing can match': (map) => map.query().where('age < 20 AND age > 30').explain(),
  'Run and counted': (map) => map.query().where(`address.country = 'NO' AND salary != 50000`).explain({ analyze: true }),
};

const test = describe('docs/explain.md');
let instance: Instance;
let map: IMap<number, Employee>;

test.before(async () => {
  instance = newInstance();
  map = await instance.getMap<number, Employee>('employees');
  await map.putAll(employees(ROWS).map((row) => [row.id, row] as const));
  for (const attribute of ['age', 'salary', 'name']) await map.addIndex(attribute, true);
  for (const attribute of ['active', 'city']) await map.addIndex(attribute, false);
  await map.addIndex({ type: 'HASH', attributes: ['dept', 'city'] });
});

test.after(() => instance.close());

for (const [heading, explain] of Object.entries(EXAMPLES)) {
  test(heading, async () => {
    const text = timeless((await explain(map)).toString());
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(
        PAGE,
        readFileSync(PAGE, 'utf8').replace(block(heading), (_, before: string, after: string) => `${before}${text}\n${after}`),
      );
    const shown = block(heading).exec(readFileSync(PAGE, 'utf8'));
    assert.ok(shown, `docs/explain.md has no "${heading}" with a text block`);
    assert.is(shown[0].slice(shown[1]!.length, -shown[2]!.length).trim(), text.trim());
  });
}

test('there are twelve of them', () => {
  assert.is(Object.keys(EXAMPLES).length, 12);
});

/** From the heading to its first text block: what is before the text, the text, what ends it. */
function block(heading: string): RegExp {
  return new RegExp(`(## ${heading.replaceAll(/[.*+?^$()[\]{}|]/g, String.raw`\$&`)}\\n[\\s\\S]*?\`\`\`text\\n)[\\s\\S]*?(\`\`\`)`);
}

/** An analysed plan tells how long it took, which is different each time. */
function timeless(text: string): string {
  return text.replaceAll(/\d+(?:\.\d+)? (?:ms|us|ns|s)\b/g, '… ms');
}

test.run();
