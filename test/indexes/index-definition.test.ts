/** What may be written about an index, and what it is called. */
import * as assert from 'uvu/assert';
import type { SortedOrHashIndex } from '../../lib/api/map.ts';
import { IndexError } from '../../lib/errors.ts';
import { defineIndex, isSameIndex } from '../../lib/indexes/index-definition.ts';
import { describe } from '../kit/describe.ts';

const test = describe('index definition');

test('one attribute, ordered or not', () => {
  assert.equal(defineIndex({ attribute: 'age', ordered: true }), { name: 'age_sorted', type: 'SORTED', attributes: ['age'] });
  assert.equal(defineIndex({ attribute: 'age' }), { name: 'age_hash', type: 'HASH', attributes: ['age'] });
  assert.equal(defineIndex({ attribute: '`address`.city' }).attributes, ['address.city']);
});

test('several attributes, and a name', () => {
  assert.is(defineIndex({ type: 'HASH', attributes: ['dept', 'city'] }).name, 'dept_city_hash');
  assert.is(defineIndex({ type: 'BITMAP', attributes: ['active'] }).name, 'active_bitmap');
  assert.is(defineIndex({ type: 'SORTED', attributes: ['a'], name: 'mine' }).name, 'mine');
});

test('the name makes no difference to what an index is', () => {
  const index = defineIndex({ attribute: 'a', ordered: true });
  assert.ok(isSameIndex(index, defineIndex({ type: 'SORTED', attributes: ['a'], name: 'x' })));
  assert.not.ok(isSameIndex(index, defineIndex({ attribute: 'a' })));
  assert.not.ok(isSameIndex(index, defineIndex({ type: 'SORTED', attributes: ['a', 'b'] })));
});

const REFUSED: readonly (readonly [why: string, input: unknown, message: RegExp])[] = [
  ['no attribute', { type: 'HASH', attributes: [] }, /at least one attribute/],
  ['no list', { type: 'HASH', attributes: 'age' }, /list of at least one/],
  ['too many', { type: 'HASH', attributes: Array.from({ length: 256 }, (_, i) => `a${i}`) }, /at most 255/],
  ['the same twice', { type: 'SORTED', attributes: ['a', 'b', 'a'] }, /'a' is twice/],
  ['the same twice, spelled otherwise', { type: 'SORTED', attributes: ['a.b', 'a.`b`'] }, /twice/],
  ['no such type', { type: 'BTREE', attributes: ['a'] }, /SORTED, HASH or BITMAP/],
  ['no type', { attributes: ['a'] }, /SORTED, HASH or BITMAP/],
  ['composite bitmap', { type: 'BITMAP', attributes: ['a', 'b'] }, /one attribute/],
  ['no path', { attribute: 'a b' }, /can't be indexed/],
  ['empty path', { attribute: '' }, /can't be indexed/],
  ['a path of a wrong type', { attribute: 5 }, /not on number/],
  ['many values of one entry', { attribute: 'tags[any]' }, /\[any\]/],
  ['empty name', { type: 'HASH', attributes: ['a'], name: '' }, /not empty/],
  ['nothing', null, /described by an object/],
];

for (const [why, input, message] of REFUSED) {
  test(`refused: ${why}`, () => {
    try {
      defineIndex(input as SortedOrHashIndex);
    } catch (error) {
      assert.instance(error, IndexError);
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable('it was taken');
  });
}

test.run();
