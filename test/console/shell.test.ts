/** The console line by line: queries, commands, what is no command, completion, tables. */
import * as assert from 'uvu/assert';
import { complete } from '../../lib/console/shell/completion.ts';
import { allArguments, firstArgument, valueOf } from '../../lib/console/shell/arguments.ts';
import type { Answer } from '../../lib/console/shell/command.ts';
import { plainJson } from '../../lib/console/shell/plain-json.ts';
import { Shell } from '../../lib/console/shell/shell.ts';
import { tableText } from '../../lib/console/shell/table-text.ts';
import { CobnutError, newInstance, type Instance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';

const test = describe('console');

const stored = new Map<unknown, unknown>([[7, { name: 'Row', age: 70 }]]);
const store = {
  load: (key: unknown): unknown => stored.get(key),
  loadAllKeys: (): unknown[] => [...stored.keys()],
};

let instance: Instance;
let shell: Shell;

test.before.each(async () => {
  instance = newInstance({ maps: { rows: { mapStore: { implementation: store } } } });
  shell = new Shell({ instance, mapNames: ['rows'], mapName: 'people' });
  await run('.put 1 {"name": "Joe", "age": 33, "address": {"city": "Oslo"}}');
  await run('.put "two words" {"name": "Ann", "age": 20}');
});

test.after.each(() => instance.close());

const run = (line: string): Promise<Answer | undefined> => shell.run(line);

async function failure(line: string): Promise<CobnutError> {
  try {
    await run(line);
  } catch (error) {
    assert.instance(error, CobnutError);
    return error as CobnutError;
  }
  throw new Error(`${line} did not fail`);
}

test('a predicate shows entries with their keys; the limit says when there are more', async () => {
  const answer = await run('age > 30');
  assert.is(answer?.kind, 'rows');
  assert.equal(answer?.kind === 'rows' && answer.rows, [{ key: 1, name: 'Joe', age: 33, address: { city: 'Oslo' } }]);
  await run('.limit 1');
  const limited = await run('age > 0');
  assert.match(limited?.kind === 'rows' ? limited.note : '', /^1 entry, more than 1: see .limit/);
});

test('a value with an attribute `key` does not hide the key', async () => {
  await run('.put 7 {"key": "x", "age": 99}');
  const answer = await run('age = 99');
  assert.equal(answer?.kind === 'rows' && answer.rows, [{ key: 7, value: { key: 'x', age: 99 } }]);
});

test('commands', async () => {
  assert.equal(await run('.count'), { kind: 'value', value: 2 });
  assert.equal(await run('.count age < 30'), { kind: 'value', value: 1 });
  assert.equal(await run('.get "two words"'), { kind: 'value', value: { name: 'Ann', age: 20 } });
  assert.equal(await run('.remove "two words"'), { kind: 'value', value: { name: 'Ann', age: 20 } });
  assert.equal(await run('.get none'), { kind: 'value', value: undefined });
  await run('.index age ordered');
  const indexes = await run('.indexes');
  assert.equal(indexes?.kind === 'rows' && indexes.rows.map((row) => (row as { name: string }).name), ['age_sorted']);
  const plan = await run('.explain analyze age > 30');
  assert.match(plan?.kind === 'text' ? plan.text : '', /age > 30/);
  const entry = await run('.entry 1');
  assert.is(entry?.kind === 'value' && (entry.value as { key: unknown }).key, 1);
  const stats = await run('.stats');
  assert.is(stats?.kind === 'value' && (stats.value as { putCount: number }).putCount, 2);
  assert.equal(await run('  # a remark'), { kind: 'text', text: '' });
  assert.is(await run('.exit'), undefined);
});

test('another map, with its store', async () => {
  await run('.use rows');
  assert.equal(await run('.load 7'), { kind: 'text', text: '1 entries' });
  assert.equal(await run('.get 7'), { kind: 'value', value: { name: 'Row', age: 70 } });
  const maps = await run('.maps');
  assert.equal(maps?.kind === 'rows' && maps.rows, [
    { map: 'rows', current: '*' },
    { map: 'people', current: '' },
  ]);
});

test('what can not be meant says what could', async () => {
  assert.match((await failure('.sats')).message, 'did you mean .stats?');
  assert.match((await failure('.constructor')).message, '.help lists them');
  assert.match((await failure('.put 1')).message, 'write .put KEY JSON');
  assert.match((await failure('.put 1 {a}')).message, 'the value is no JSON');
  assert.match((await failure('.limit 0')).message, 'whole number from 1');
  assert.match((await failure('.index')).message, 'write .index ATTRIBUTE [ordered]');
  assert.match((await failure('.get')).message, 'write .get KEY');
  assert.match((await failure('.explain')).message, 'write a predicate');
  assert.is((await failure('age >> 3')).code, 'ERR_PREDICATE_SYNTAX');
});

test('help names every command', async () => {
  const help = await run('.help');
  const text = help?.kind === 'text' ? help.text : '';
  for (const name of ['find', 'count', 'explain', 'indexes', 'stats', 'entry', 'put', 'load', 'exit']) assert.match(text, `.${name}`);
});

test('the tab key offers commands, maps, attributes and words', async () => {
  assert.equal(await complete(shell, '.ex'), [['.explain ', '.exit '], '.ex']);
  assert.equal(await complete(shell, '.use ro'), [['rows'], 'ro']);
  assert.equal(await complete(shell, 'address.'), [['address.city'], 'address.']);
  assert.equal(await complete(shell, 'age > 3 an'), [['AND'], 'an']);
  assert.equal(await complete(shell, '.count na'), [['name'], 'na']);
  assert.equal(await complete(shell, '.put na'), [[], 'na']);
});

test('arguments: quoted texts and JSON are one each', () => {
  assert.equal(firstArgument(' {"a": [1, 2]} rest of it'), ['{"a": [1, 2]}', 'rest of it']);
  assert.equal(allArguments('1 "a \\" b" [1, 2] x'), ['1', '"a \\" b"', '[1, 2]', 'x']);
  assert.equal(['5', '"5"', 'five', 'true', '{"a":1}'].map(valueOf), [5, '5', 'five', true, { a: 1 }]);
});

test('tables: numbers to the right, absent cells empty, control characters harmless, lines cut to the terminal', () => {
  const plain = { width: Infinity, bold: (text: string): string => text };
  assert.is(
    tableText([{ id: 1, name: 'Joe' }, { id: 22 }, { id: 3, name: 'a\u001B[31m\nb' }], plain),
    ['id  name', '──  ────────', ' 1  Joe', '22', ' 3  a·[31m⏎b'].join('\n'),
  );
  assert.is(tableText([5, 'x'], plain), 'value\n─────\n5\nx');
  assert.ok(
    tableText([{ text: 'y'.repeat(100), more: 1 }], { ...plain, width: 20 })
      .split('\n')
      .every((line) => line.length <= 20),
  );
});

test('JSON of what JSON has no form for', () => {
  assert.is(
    plainJson({ big: 5n, nan: NaN, at: new Date(0), map: new Map([[1, 2]]), set: new Set([1]), bytes: new Uint8Array([1, 2]) }),
    '{"big":"5","nan":"NaN","at":"1970-01-01T00:00:00.000Z","map":[[1,2]],"set":[1],"bytes":[1,2]}',
  );
  assert.is(plainJson(undefined), 'null');
});

test.run();
