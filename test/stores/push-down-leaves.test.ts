/**
 * Every comparison of every kind of column with every constant, in SQL and in memory (M32): not sampled, all of them.
 *
 * Hundreds of conditions go into one SELECT, each as a column that says for which rows it is true.
 */
import * as assert from 'uvu/assert';
import type { Attribute, Predicate } from '../../grammar/ast.ts';
import { between, comparison, inList, isDistinct, isNull, isTruth, like, literal, truth } from '../../grammar/nodes.ts';
import { print } from '../../grammar/print.ts';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { attributeOf } from '../../lib/query/predicates/parsed.ts';
import { selectedForm } from '../../stores/knex/codecs.ts';
import { Database } from '../../stores/knex/database.ts';
import { openTable } from '../../stores/knex/open-table.ts';
import { FACTS_QUERY, factsOf } from '../../stores/knex/push-down/facts.ts';
import { Bindings } from '../../stores/knex/push-down/fragments.ts';
import { subjectOf } from '../../stores/knex/push-down/subjects.ts';
import { whereOf } from '../../stores/knex/push-down/where.ts';
import { rowsOf } from '../../stores/knex/rows.ts';
import { describe } from '../kit/describe.ts';
import { schema, type TestSchema } from '../kit/postgres.ts';
import { CONSTANTS, PATHS, TABLE_OPTIONS, createWholeTable } from '../oracle/evil-columns.ts';

const CONDITIONS_PER_SELECT = 250;
const PATTERNS = [
  '',
  '%',
  '_',
  'a',
  'A',
  'k',
  'K',
  'i',
  'I',
  'é',
  'É',
  'J%',
  'j%',
  'jo_',
  'Jo\\_',
  'Jo#%',
  '%e',
  '%\\',
  'a\\',
  '\0',
  'a\0%',
  '\u{1F600}',
  '__',
  '%\n%',
  '3_',
  'İ',
  '\ud800%',
];

interface World {
  /** Key and value of each row, as the store reads them. */
  readonly entries: readonly (readonly [unknown, unknown])[];
  /** For each condition the numbers of the rows for which it is true; undefined for those that are left to memory. */
  answers(conditions: readonly Predicate[]): Promise<(readonly number[] | undefined)[]>;
  close(): Promise<void>;
}

const test = describe('push-down, each comparison');
const attributes: readonly Attribute[] = [...new Set(PATHS)].filter((path) => !path.includes('[any]')).map(attributeOf);

async function openWorld(db: TestSchema): Promise<World> {
  await createWholeTable(db);
  const database = new Database({ connection: db.url });
  const { mapping } = await openTable(database, 'evil', { connection: db.url, key: 'id', json: 'nearest', ...TABLE_OPTIONS });
  const rows = rowsOf<unknown, unknown>(mapping, 'refuse');
  const list = rows.columns.map(({ codec, column }) => selectedForm(codec, column)).join(', ');
  const texts = await database.rows(`SELECT ${list} FROM evil ORDER BY id`, []);
  const facts = factsOf(await database.rows(FACTS_QUERY, [mapping.table]));
  const columns = {
    key: mapping.key,
    value: [...mapping.key, ...mapping.rest].filter(({ inValue }) => inValue),
    document: mapping.document,
  };
  return {
    entries: texts.map((row) => {
      const fields = rows.fieldsOf(row);
      return [rows.keyOf(fields), rows.valueOf(fields)] as const;
    }),
    async answers(conditions) {
      const bindings = new Bindings();
      const wheres = conditions.map((condition) => whereOf(condition, (attribute) => subjectOf(attribute, columns, facts, bindings)));
      const { text, values } = bindings.statement(`SELECT ${wheres.map(({ sql }) => `(${sql}) IS TRUE`).join(', ')} FROM evil ORDER BY id`);
      const found = await database.rows(text, values);
      return wheres.map(({ residual }, place) =>
        residual === undefined ? found.flatMap((row, number) => (row[place] === 't' ? [number] : [])) : undefined,
      );
    },
    close: () => database.close(),
  };
}

/** How many of the conditions PostgreSQL was asked. */
async function sameAnswers(world: World, conditions: readonly Predicate[]): Promise<number> {
  let pushed = 0;
  for (let from = 0; from < conditions.length; from += CONDITIONS_PER_SELECT) {
    const some = conditions.slice(from, from + CONDITIONS_PER_SELECT);
    for (const [place, found] of (await world.answers(some)).entries()) {
      if (found === undefined) continue;
      pushed++;
      const matches = conditionTest(normalise(some[place]!));
      const expected = world.entries.flatMap(([key, value], number) => (matches(key, value) ? [number] : []));
      if (found.join() !== expected.join()) assert.equal(found, expected, print(some[place]!));
    }
  }
  return pushed;
}

test(
  'M32 every operator, attribute and constant',
  async () => {
    await using db = await schema();
    const world = await openWorld(db);
    const constants = CONSTANTS.map((value) => literal(value));
    for (const operator of ['=', '!=', '<', '<=', '>', '>='] as const) {
      const conditions = attributes.flatMap((attribute) => constants.map((constant) => comparison(attribute, operator, constant)));
      const pushed = await sameAnswers(world, conditions);
      assert.ok(pushed > conditions.length * 0.8, `only ${pushed} of ${conditions.length} were asked of PostgreSQL`);
    }
    await world.close();
  },
  { timeoutMs: 60_000 },
);

test(
  'M32 the other tests, and patterns',
  async () => {
    await using db = await schema();
    const world = await openWorld(db);
    const constants = CONSTANTS.map((value) => literal(value));
    const flags = [true, false];
    const conditions = attributes.flatMap((attribute, number) => [
      truth(attribute),
      ...flags.flatMap((negated) => [
        isNull(attribute, negated),
        isTruth(attribute, true, negated),
        isTruth(attribute, false, negated),
        inList(attribute, [], negated),
        inList(attribute, [literal(null)], negated),
        ...constants.map((constant) => isDistinct(attribute, constant, negated)),
        ...constants.map((constant, at) => inList(attribute, [constant, constants[(at + number) % constants.length]!], negated)),
        ...constants.map((constant, at) => between(attribute, constant, constants[(at * 7 + number) % constants.length]!, negated)),
      ]),
      ...PATTERNS.flatMap((pattern) =>
        flags.flatMap((negated) =>
          ['\\', '', '#'].flatMap((escape) =>
            flags.map((insensitive) => like(attribute, literal(pattern), { escape, insensitive, negated })),
          ),
        ),
      ),
      ...attributes.map((other, at) => comparison(attribute, (['=', '<', '>=', '!='] as const)[at % 4]!, other)),
    ]);
    const pushed = await sameAnswers(world, conditions);
    assert.ok(pushed > conditions.length * 0.6, `only ${pushed} of ${conditions.length} were asked of PostgreSQL`);
    await world.close();
  },
  { timeoutMs: 60_000 },
);

test.run();
