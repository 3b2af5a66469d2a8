/**
 * Broken configurations: valid ones with one thing made wrong, in both notations. Each is refused, with the path of what is wrong; none is taken
 * silently, and none ends in anything but problems.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { checkConfig } from '../../../lib/config/files/load-config.ts';
import { INSTANCE_OPTIONS, type Option, type OptionTable } from '../../../lib/config/option-table.ts';
import type { ConfigFormat } from '../../../lib/index.ts';
import { describe } from '../../kit/describe.ts';
import { EFFORT, SEED } from '../../kit/seed.ts';

const test = describe('broken configurations');

type Path = readonly string[];

/** A value that the option may have. */
function good(option: Option): unknown {
  switch (option.kind) {
    case 'number':
      return option.min + (option.whole === true ? 1 : 0.5) <= option.max ? Math.max(1, option.min) : option.min;
    case 'flag':
      return true;
    case 'text':
      return 'text';
    case 'choice':
      return option.of[0];
    case 'texts':
      return ['a'];
    case 'properties':
      return { a: 'b' };
    case 'part':
      return option.module ? './module.ts#part' : undefined;
    case 'group':
      return group(option.options);
    case 'list':
      return [{ type: 'HASH', attributes: ['a'], name: 'x' }];
    case 'named':
      return { m: group(option.options) };
  }
}

function group(table: OptionTable): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const value = name === 'cluster' || name === 'factory' ? undefined : good(option);
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

const GOOD = { ...group(INSTANCE_OPTIONS), maps: { m: { ...group(INSTANCE_OPTIONS.maps.options), evictionPolicy: 'LRU', maxSize: 5 } } };

/** Every place with the option that stands there. */
function places(value: unknown, option: Option, path: Path): (readonly [Path, Option])[] {
  const own: readonly [Path, Option] = [path, option];
  if (option.kind === 'group' || option.kind === 'named') {
    const fields = value as Record<string, unknown>;
    const optionOf = (name: string): Option =>
      option.kind === 'named' ? { kind: 'group', options: option.options, doc: '' } : option.options[name]!;
    return [own, ...Object.keys(fields).flatMap((name) => places(fields[name], optionOf(name), [...path, name]))];
  }
  return [own];
}

const PLACES = places(GOOD, { kind: 'group', options: INSTANCE_OPTIONS, doc: '' }, []);

/** Values that the option may not have; made of texts, numbers, flags, lists and objects, as files are. */
function wrong(option: Option): unknown[] {
  const others: unknown[] = [[[]], { surplus: { surplus: 1 } }, ''];
  switch (option.kind) {
    case 'number': {
      const outside = [option.min - 1, option.max === Number.MAX_SAFE_INTEGER ? option.max * 4 : option.max + 1];
      return [...others, ...outside, ...(option.whole === true ? [option.min + 0.5] : []), 'many', true, '5 s', '0x10'];
    }
    case 'flag':
      return [...others, 1, 'yes', 'on'];
    case 'choice':
      return [...others, 'other', 5, true];
    case 'text':
      return [[[]], '', 5];
    case 'part':
      return option.module ? [[[]], { modul: 'x' }, 5, ''] : ['f', 5, {}];
    case 'texts':
      return ['a', [5], [''], { a: 1 }];
    case 'properties':
      return ['a', 5, [1]];
    case 'list':
      return ['a', ['a'], [{ attribute: '' }], [{ type: 'HASH', attributes: ['a'], surplus: 1 }], 5];
    case 'group':
    case 'named':
      return ['a', 5, ['a']];
  }
}

function withValue(value: unknown, [name, ...rest]: Path, instead: unknown): unknown {
  if (name === undefined) return instead;
  return { ...(value as object), [name]: withValue((value as Record<string, unknown>)[name], rest, instead) };
}

async function check(text: string, format: ConfigFormat): Promise<readonly { readonly path: string }[]> {
  return (await checkConfig(text, format, { env: {} })).problems;
}

test('unbroken, it is taken', async () => assert.equal(await check(stringify(GOOD), 'yaml'), []));

test('M74: each wrong value of each option is refused with its path, as is each name that is none', async () => {
  let count = 0;
  for (const [path, option] of PLACES) {
    for (const value of wrong(option)) {
      const problems = await check(stringify(withValue(GOOD, path, value)), 'yaml');
      count++;
      const place = path.join('.');
      const found = problems.some((problem) => problem.path.startsWith(place));
      assert.ok(found, `${place} = ${JSON.stringify(value)}: ${JSON.stringify(problems)}`);
    }
    if (option.kind !== 'group') continue;
    const problems = await check(stringify(withValue(GOOD, [...path, 'surplus'], 1)), 'yaml');
    count++;
    assert.ok(
      problems.some((problem) => problem.path === [...path, 'surplus'].join('.')),
      path.join('.'),
    );
  }
  assert.ok(count > 300, String(count));
});

test('M74: several at once are reported together', async () => {
  const breakable = PLACES.filter(([path, option]) => path.length > 2 && option.kind === 'number');
  await fc.assert(
    fc.asyncProperty(fc.subarray(breakable, { minLength: 2, maxLength: 6 }), async (chosen) => {
      const broken = chosen.reduce<unknown>((value, [path]) => withValue(value, path, 'many'), GOOD);
      const paths = (await check(stringify(broken), 'yaml')).map(({ path }) => path);
      for (const [path] of chosen) assert.ok(paths.includes(path.join('.')), path.join('.'));
    }),
    { seed: SEED, numRuns: 30 * EFFORT },
  );
});

const XML = `<hazelcast><cluster-name>dev</cluster-name><map name="m"><backup-count>1</backup-count>
<max-size policy="per_node">5</max-size><eviction-policy>LRU</eviction-policy><indexes><index ordered="true">age</index></indexes>
<map-store enabled="true" initial-mode="LAZY"><class-name>a.B</class-name><properties><property name="p">v</property></properties></map-store>
<near-cache><max-size>9</max-size></near-cache></map></hazelcast>`;

/** Texts with something cut out, doubled, or put in. */
function damaged(text: string): fc.Arbitrary<string> {
  const at = fc.nat(text.length);
  return fc.oneof(
    fc.tuple(at, fc.nat(12)).map(([from, length]) => text.slice(0, from) + text.slice(from + length)),
    fc.tuple(at, fc.nat(12)).map(([from, length]) => text.slice(0, from + length) + text.slice(from)),
    fc
      .tuple(at, fc.constantFrom('<', '>', '&', '"', '{', ':', '- ', '\n', '${', '*', '&a ', '\u0000', '</map>', '['))
      .map(([from, piece]) => text.slice(0, from) + piece + text.slice(from)),
  );
}

for (const [format, text] of [
  ['xml', XML],
  ['yaml', stringify(GOOD)],
] as const) {
  test(`damaged ${format} ends in problems with a place, or means something`, async () => {
    assert.equal(await check(text, format), []);
    await fc.assert(
      fc.asyncProperty(damaged(text), async (broken) => {
        const { problems, config } = await checkConfig(broken, format, { env: {} });
        assert.is(config === undefined, problems.length > 0);
        for (const { message, path } of problems) assert.ok(message !== '' && typeof path === 'string');
      }),
      { seed: SEED, numRuns: 300 * EFFORT },
    );
  });
}

test.run();
