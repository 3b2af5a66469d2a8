/** M28-M38: every predicate of the manual, word for word, with what it must find; and the rules of the language. */
import * as assert from 'uvu/assert';
import { PredicateBuilder, Predicates, PredicateSyntaxError, SqlPredicate, type IMap, type Predicate } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { EMPLOYEES, idsOf, type Employee } from './employees.ts';

const test = describe('manual: predicates');

/** The manual's text, and the same said in JavaScript. */
const MANUAL: Readonly<Record<string, (employee: Employee) => boolean>> = {
  'active AND age < 30': ({ active, age }) => active && age < 30,
  'active AND age>30': ({ active, age }) => active && age > 30,
  "active=false OR age = 45 OR name = 'Joe'": ({ active, age, name }) => !active || age === 45 || name === 'Joe',
  'active AND (age >20 OR salary < 60000)': ({ active, age, salary }) => active && (age > 20 || salary < 60_000),
  'age <= 30': ({ age }) => age <= 30,
  'name ="Joe"': ({ name }) => name === 'Joe',
  'salary != 50000': ({ salary }) => salary !== 50_000,
  'age BETWEEN 20 AND 33': ({ age }) => age >= 20 && age <= 33,
  'age >=20 AND age<=33': ({ age }) => age >= 20 && age <= 33,
  'age NOT BETWEEN 30 AND 40': ({ age }) => age < 30 || age > 40,
  'age <30 OR age>40': ({ age }) => age < 30 || age > 40,
  "name LIKE 'Jo%'": ({ name }) => name.startsWith('Jo'),
  "name LIKE 'Jo_'": ({ name }) => name === 'Joe',
  "name NOT LIKE 'Jo_'": ({ name }) => name !== 'Joe',
  "name LIKE 'J_s%'": ({ name }) => name === 'Josh' || name === 'Joseph',
  'age IN (20, 30, 40)': ({ age }) => [20, 30, 40].includes(age),
  'age NOT IN (60, 70)': ({ age }) => ![60, 70].includes(age),
  'active AND (salary >= 50000 OR (age NOT BETWEEN 20 AND 30))': ({ active, salary, age }) =>
    active && (salary >= 50_000 || age < 20 || age > 30),
  'age IN (20, 30, 40) AND salary BETWEEN (50000, 80000)': ({ age, salary }) =>
    [20, 30, 40].includes(age) && salary >= 50_000 && salary <= 80_000,
};

async function withEmployees(check: (map: IMap<number, Employee>) => Promise<void>): Promise<void> {
  for (const indexes of [
    [],
    [{ attribute: 'age', ordered: true }, { attribute: 'active' }, { attribute: 'name', ordered: true }, { attribute: 'salary' }],
  ]) {
    await using opened = await openMap<number, Employee>({ indexes });
    await opened.map.putAll(EMPLOYEES);
    await check(opened.map);
  }
}

async function finds(map: IMap<number, Employee>, predicate: string | Predicate<Employee>, expected: readonly number[]): Promise<void> {
  const found = await map.keySet(predicate);
  assert.equal(
    found.toSorted((a, b) => a - b),
    expected,
    String(predicate),
  );
}

test('M28 a predicate may be a SqlPredicate or the text itself', () =>
  withEmployees(async (map) => {
    const expected = idsOf(({ active, age }) => active && age < 30);
    assert.ok(expected.length > 0);
    await finds(map, new SqlPredicate('active AND age < 30'), expected);
    await finds(map, 'active AND age < 30', expected);
  }));

test('M28 bind parameters, by place and by name', () =>
  withEmployees(async (map) => {
    const expected = idsOf(({ age, name }) => age < 30 && name.startsWith('Jo'));
    assert.equal(
      (await map.keySet('age < ? AND name LIKE ?', 30, 'Jo%')).toSorted((a, b) => a - b),
      expected,
    );
    assert.equal(
      (await map.keySet('age < :limit AND name LIKE :start', { limit: 30, start: 'Jo%' })).toSorted((a, b) => a - b),
      expected,
    );
    const loose: string = 'age < ? AND name = ?';
    for (const wrong of [[], [30], [30, 'a', 'b'], [{}, 'a']]) {
      const refused = await refusal(map.keySet(loose, ...(wrong as number[])));
      assert.is(refused.code, 'ERR_PREDICATE_PARAMETERS');
    }
  }));

for (const [text, means] of Object.entries(MANUAL)) {
  test(`M29 ${text}`, () => withEmployees((map) => finds(map, text, idsOf(means))));
}

test('M30 comparison binds before NOT, NOT before AND, AND before OR', () =>
  withEmployees(async (map) => {
    await finds(
      map,
      'NOT active AND age < 30',
      idsOf(({ active, age }) => !active && age < 30),
    );
    await finds(
      map,
      'NOT age < 30',
      idsOf(({ age }) => age >= 30),
    );
    await finds(
      map,
      'NOT NOT active',
      idsOf(({ active }) => active),
    );
    await finds(
      map,
      'active OR active AND age < 0',
      idsOf(({ active }) => active),
    );
    await finds(
      map,
      '30 > age',
      idsOf(({ age }) => age < 30),
    );
  }));

test('M30 3,000 parentheses, 3,000 NOT, 8,000 OR, 50,000 IN', () =>
  withEmployees(async (map) => {
    const young = idsOf(({ age }) => age < 30);
    await finds(map, `${'('.repeat(3000)}age < 30${')'.repeat(3000)}`, young);
    await finds(map, `${'NOT '.repeat(3000)}age < 30`, young);
    const same = Array.from({ length: 8000 }, (_, n) => `age = ${n + 1000}`);
    await finds(map, [...same, 'age < 30'].join(' OR '), young);
    const mixed = Array.from({ length: 8000 }, (_, n) =>
      n % 2 === 0 ? `(age = ${n + 1000} AND active)` : `(salary = ${n} AND name = 'n${n}')`,
    );
    await finds(map, [...mixed, 'age < 30'].join(' OR '), young);
    const many = Array.from({ length: 50_000 }, (_, n) => n + 1000).join(',');
    await finds(
      map,
      `age IN (${many}, 20)`,
      idsOf(({ age }) => age === 20),
    );
    await finds(
      map,
      `age NOT IN (${many}, 20)`,
      idsOf(({ age }) => age !== 20),
    );
  }));

interface Loose {
  readonly [name: string]: unknown;
}

/** Keys a predicate selects from entries given by key; the same with every kind of index on `x`. */
async function selects(entries: Readonly<Record<string, Loose>>, predicate: string): Promise<string[]> {
  const answers: string[][] = [];
  for (const type of ['SORTED', 'HASH', 'BITMAP', undefined] as const) {
    await using opened = await openMap<string, Loose>(type === undefined ? {} : { indexes: [{ type, attributes: ['x'] }] });
    await opened.map.putAll(Object.entries(entries));
    answers.push((await opened.map.keySet(predicate)).toSorted());
    answers.push((await opened.map.keySet(predicate)).toSorted());
  }
  for (const answer of answers) assert.equal(answer, answers[0], predicate);
  return answers[0]!;
}

test('M31 unknown is not true, and NOT unknown is not true either', async () => {
  const entries = { one: { x: 1 }, two: { x: 2 }, none: { x: null }, missing: {} };
  assert.equal(await selects(entries, 'x = 1'), ['one']);
  assert.equal(await selects(entries, 'x != 1'), ['two']);
  assert.equal(await selects(entries, 'NOT (x = 1)'), ['two']);
  assert.equal(await selects(entries, 'NOT (x != 1)'), ['one']);
  assert.equal(await selects(entries, 'x IN (1, NULL)'), ['one']);
  assert.equal(await selects(entries, 'x NOT IN (1, NULL)'), []);
  assert.equal(await selects(entries, 'NOT (x IN (1, NULL))'), []);
  assert.equal(await selects(entries, 'x IS NULL'), ['missing', 'none']);
  assert.equal(await selects(entries, 'x IS NOT NULL'), ['one', 'two']);
  assert.equal(await selects(entries, 'x IS DISTINCT FROM 1'), ['missing', 'none', 'two']);
  assert.equal(await selects(entries, 'x IS NOT DISTINCT FROM NULL'), ['missing', 'none']);
  assert.equal(await selects(entries, 'x = 1 OR x IS NULL'), ['missing', 'none', 'one']);
});

test('M31 = NULL is an error that says what to write', () => {
  for (const text of ['a = NULL', 'a != NULL', 'a <> null', 'NULL = a']) {
    assert.throws(
      () => new SqlPredicate(text),
      (error: unknown) => error instanceof PredicateSyntaxError && /IS (NOT )?NULL/.test(error.message),
    );
  }
});

test('M33 LIKE: the whole text, % over line ends, _ one character, backslash escapes', async () => {
  const texts = ['Joe', 'a%b', 'a_b', 'aXb', 'line\nend', '\u{1F600}', '', 'a\\b'];
  const entries = Object.fromEntries(texts.map((x) => [x, { x }]));
  assert.equal(await selects(entries, `x LIKE 'Jo'`), []);
  assert.equal(await selects(entries, `x LIKE 'line%end'`), ['line\nend']);
  assert.equal(await selects(entries, `x LIKE '_'`), ['\u{1F600}']);
  assert.equal(await selects(entries, String.raw`x LIKE 'a\%b'`), ['a%b']);
  assert.equal(await selects(entries, String.raw`x LIKE 'a\_b'`), ['a_b']);
  assert.equal(await selects(entries, `x LIKE 'a!_b' ESCAPE '!'`), ['a_b']);
  assert.equal(await selects(entries, String.raw`x LIKE 'a\\b'`), ['a\\b']);
  assert.equal(await selects(entries, `x LIKE '%'`), texts.toSorted());
});

test('M33 adversarial LIKE and REGEX end soon', async () => {
  const x = 'a'.repeat(20_000);
  assert.equal(await selects({ x: { x } }, `x LIKE '${'%a'.repeat(2000)}%b'`), []);
  assert.equal(await selects({ x: { x } }, `x LIKE '${'%a_'.repeat(500)}%b'`), []);
  assert.equal(await selects({ x: { x: x.slice(0, 5000) } }, `x REGEX '(a*)*b'`), []);
  assert.equal(await selects({ x: { x: x.slice(0, 5000) } }, `x REGEX '(a|aa)+'`), ['x']);
});

test('M33 a regular expression that would need backtracking is refused', async () => {
  await using opened = await openMap<string, Loose>();
  const error = await refusal(opened.map.keySet('x REGEX ?', String.raw`(a)\1`));
  assert.is(error.code, 'ERR_PREDICATE_SYNTAX');
});

test('M34 types: numbers and bigints exactly, quoted literals as the attribute’s type, NaN above all', async () => {
  const entries = {
    three: { x: 3 },
    big: { x: 9_007_199_254_740_993n },
    nan: { x: NaN },
    minus: { x: -0 },
    text: { x: '30' },
    thirty: { x: 30 },
  };
  assert.equal(await selects(entries, 'x = 9007199254740993'), ['big']);
  assert.equal(await selects(entries, 'x = 9007199254740992'), []);
  assert.equal(await selects(entries, 'x > 9007199254740992'), ['big', 'nan']);
  assert.equal(await selects(entries, `x = '30'`), ['text', 'thirty']);
  assert.equal(await selects(entries, 'x = 30'), ['thirty']);
  assert.equal(await selects(entries, 'x = 3e1'), ['thirty']);
  assert.equal(await selects(entries, `x = 'NaN'`), ['nan']);
  assert.equal(await selects(entries, 'x = 0'), ['minus']);
  assert.equal(await selects(entries, 'x < 1e300'), ['big', 'minus', 'thirty', 'three']);
});

test('M34 text in code-point order, dates against ISO text and milliseconds, false below true', async () => {
  const texts = { replacement: { x: '\uFFFD' }, emoji: { x: '\u{1F600}' } };
  assert.equal(await selects(texts, `x > '\uFFFD'`), ['emoji']);
  const dates = { old: { x: new Date('1999-12-31T23:59:59.999Z') }, fresh: { x: new Date('2000-01-01T00:00:00Z') } };
  assert.equal(await selects(dates, `x >= '2000-01-01'`), ['fresh']);
  assert.equal(await selects(dates, 'x < 946684800000'), ['old']);
  assert.equal(await selects({ no: { x: false }, yes: { x: true } }, 'x < TRUE'), ['no']);
});

test('M34 an order between different types is unknown, never an error, and explain counts it', async () => {
  const entries = { n: { x: 5 }, s: { x: 'five' }, b: { x: true } };
  assert.equal(await selects(entries, 'x < 10'), ['n']);
  assert.equal(await selects(entries, 'NOT (x < 10)'), []);
  await using opened = await openMap<string, Loose>();
  await opened.map.putAll(Object.entries(entries));
  const { mismatchedRows } = await opened.map.query().where('x < 10').explain({ analyze: true });
  assert.is(mismatchedRows, 2);
});

test('M35 nested attributes, list elements, any element', async () => {
  const entries = {
    a: { address: { city: 'Rome' }, limbs: [{ name: 'left arm' }], tags: ['x', 'y'] },
    b: { address: null, limbs: [], tags: [] },
    c: { tags: ['z', null] },
  };
  assert.equal(await selects(entries, `address.city = 'Rome'`), ['a']);
  assert.equal(await selects(entries, 'address.city IS NULL'), ['b', 'c']);
  assert.equal(await selects(entries, `limbs[0].name = 'left arm'`), ['a']);
  assert.equal(await selects(entries, `tags[any] = 'x'`), ['a']);
  assert.equal(await selects(entries, `NOT (tags[any] = 'x')`), ['b']);
  assert.equal(await selects(entries, `tags[any] != 'x'`), ['a', 'c']);
});

test('M35 keys and whole values are attributes too', async () => {
  await using opened = await openMap<{ readonly country: string; readonly n: number }, string>();
  await opened.map.put({ country: 'NO', n: 1 }, 'Oslo');
  await opened.map.put({ country: 'SE', n: 2 }, 'Stockholm');
  const byKey: string = `__key.country = 'NO'`;
  const byValue: string = `this LIKE 'Stock%'`;
  assert.equal(await opened.map.values(byKey), ['Oslo']);
  assert.equal(await opened.map.values(byValue), ['Stockholm']);
});

const BROKEN: Readonly<Record<string, RegExp>> = {
  'age > 30)': /\)/,
  'age => 30': /=>|>=/,
  'age between 1 or 2': /AND/,
  'a = 1;': /;/,
  'a in (1 2)': /,|\)/,
  '': /empty|attribute|predicate/i,
  'age BETWEN 1 AND 2': /BETWEEN/,
  "name = 'Joe": /quote|closed|unterminated|end/i,
};
for (const [text, says] of Object.entries(BROKEN)) {
  test(`M36 an error with place and reason: ${text}`, () => {
    assert.throws(
      () => new SqlPredicate(text),
      (error: unknown) => {
        assert.instance(error, PredicateSyntaxError);
        const { message, details } = error as PredicateSyntaxError;
        assert.type(details['offset'], 'number');
        assert.match(message, says);
        assert.ok(message.includes('^'), message);
        return true;
      },
    );
  });
}

test('M37 text is data: nothing a user writes becomes a program', async () => {
  const hostile = `'); process.exit(1); ('`;
  await using opened = await openMap<string, Loose>();
  await opened.map.put('k', { x: hostile, 'a b; c': 1, "it's": 2 });
  assert.equal(await opened.map.keySet('x = ?', hostile), ['k']);
  assert.equal(await opened.map.keySet("`a b; c` = 1 AND `it's` = 2"), ['k']);
});

test('M38 the manual’s criteria', () =>
  withEmployees(async (map) => {
    const e = new PredicateBuilder<Employee>().getEntryObject();
    const predicate = e.is('active').and(e.get('age').lessThan(30));
    await finds(
      map,
      predicate,
      idsOf(({ active, age }) => active && age < 30),
    );
    await finds(
      map,
      predicate.or(new SqlPredicate(`name = 'Joe'`)),
      idsOf(({ active, age, name }) => (active && age < 30) || name === 'Joe'),
    );
    await finds(
      map,
      predicate,
      idsOf(({ active, age }) => active && age < 30),
    );
  }));

test('M38 Predicates.*, each of them', () =>
  withEmployees(async (map) => {
    const p = Predicates.of<Employee>();
    await finds(
      map,
      p.equal('name', 'Joe'),
      idsOf(({ name }) => name === 'Joe'),
    );
    await finds(
      map,
      p.notEqual('name', 'Joe'),
      idsOf(({ name }) => name !== 'Joe'),
    );
    await finds(
      map,
      p.greaterThan('age', 30),
      idsOf(({ age }) => age > 30),
    );
    await finds(
      map,
      p.greaterEqual('age', 30),
      idsOf(({ age }) => age >= 30),
    );
    await finds(
      map,
      p.lessThan('age', 30),
      idsOf(({ age }) => age < 30),
    );
    await finds(
      map,
      p.lessEqual('age', 30),
      idsOf(({ age }) => age <= 30),
    );
    await finds(
      map,
      p.between('age', 20, 30),
      idsOf(({ age }) => age >= 20 && age <= 30),
    );
    await finds(
      map,
      p.in('age', 20, 30),
      idsOf(({ age }) => age === 20 || age === 30),
    );
    await finds(
      map,
      p.like('name', 'Jo%'),
      idsOf(({ name }) => name.startsWith('Jo')),
    );
    await finds(
      map,
      p.ilike('name', 'jo_'),
      idsOf(({ name }) => /^jo.$/i.test(name)),
    );
    await finds(
      map,
      p.regex('name', 'Jo(e|sh)'),
      idsOf(({ name }) => name === 'Joe' || name === 'Josh'),
    );
    await finds(
      map,
      p.is('active'),
      idsOf(({ active }) => active),
    );
    await finds(
      map,
      p.isNot('active'),
      idsOf(({ active }) => !active),
    );
    await finds(map, p.isNull('name'), []);
    await finds(map, p.isNotNull('name'), [...EMPLOYEES.keys()]);
    await finds(map, p.alwaysTrue(), [...EMPLOYEES.keys()]);
    await finds(map, p.alwaysFalse(), []);
    await finds(
      map,
      p.and(p.is('active'), p.lessThan('age', 30)),
      idsOf(({ active, age }) => active && age < 30),
    );
    await finds(
      map,
      p.or(p.is('active'), p.lessThan('age', 30)),
      idsOf(({ active, age }) => active || age < 30),
    );
    await finds(
      map,
      p.not(p.lessThan('age', 30)),
      idsOf(({ age }) => age >= 30),
    );
    await finds(
      map,
      p.sql('age < 30'),
      idsOf(({ age }) => age < 30),
    );
  }));

test.run();
