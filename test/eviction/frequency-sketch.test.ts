/** The sketch of frequencies against a plain one, a counter a byte, and what growing and ageing late must not change. */
import * as assert from 'uvu/assert';
import { hashInteger } from '../../lib/data/hash.ts';
import { FrequencySketch } from '../../lib/eviction/frequency-sketch.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { PlainSketch } from './simulators.ts';
import { randomOf, zipf } from './traces.ts';

const test = describe('frequency sketch');

function sketchFor(entries: number): FrequencySketch {
  const sketch = new FrequencySketch();
  // The table grows by a step a call.
  for (let call = 0; call < 200; call++) sketch.fit(entries);
  return sketch;
}

test('estimates are those of the plain sketch, through many halvings', () => {
  for (const entries of [1, 8, 100, 1000]) {
    const sketch = sketchFor(entries);
    const plain = new PlainSketch(Math.max(8, entries), 10 * entries);
    const next = zipf(4 * entries, 0.9, randomOf(SEED + entries));
    for (let step = 0; step < 50 * entries; step++) {
      const key = next();
      sketch.increment(hashInteger(key));
      plain.increment(key);
      const other = next();
      assert.is(sketch.frequency(hashInteger(other)), plain.frequency(other), `${entries} entries, step ${step}, key ${other}`);
    }
  }
});

test('a table of many pages, halved page by page, answers as one halved at once', () => {
  const entries = 40_000;
  const sketch = sketchFor(entries);
  const sampleSize = 10 * entries;
  assert.is(sketch.sampleSize, sampleSize);
  assert.ok(sketch.bytes >= 8 * entries, `${sketch.bytes} bytes`);
  const plain = new PlainSketch(entries, sampleSize);
  // Of a few keys only, so that most pages are not asked and their halving is put off.
  for (let step = 0; step < 10; step++) {
    for (let key = 0; key < entries; key++) {
      const hash = hashInteger(key);
      if (step === 9 && key === entries - 1) break;
      sketch.increment(hash);
      plain.increment(key);
    }
  }
  const before = Array.from({ length: 2000 }, (_, key) => plain.frequency(key));
  assert.equal(
    before.map((_, key) => sketch.frequency(hashInteger(key))),
    before,
  );
  assert.ok(before.every((count) => count >= 10));
  const all = Array.from({ length: entries }, (_, key) => sketch.frequency(hashInteger(key)));
  // Counters that are full are not counted: some more accesses until all is halved.
  let more = 0;
  while (sketch.frequency(hashInteger(7)) === all[7]) {
    assert.ok(++more < sampleSize);
    sketch.increment(hashInteger(entries + more));
  }
  const halved = all.map((_, key) => sketch.frequency(hashInteger(key)));
  const wrong = halved.filter((count, key) => count < all[key]! >>> 1 || count > (all[key]! + 2) >>> 1);
  assert.is(wrong.length, 0, 'all are halved, but for what came since');
});

test('what was counted is still known, halved, when the table has grown, wherever its counters are now', () => {
  const sketch = sketchFor(8192);
  for (let key = 0; key < 500; key++) for (let time = 0; time < 8; time++) sketch.increment(hashInteger(key));
  // Four times as large: two doublings, a page a call.
  for (let call = 0; call < 50; call++) {
    sketch.fit(30_000);
    for (let key = 0; key < 500; key++) assert.ok(sketch.frequency(hashInteger(key)) >= 2, `key ${key} after ${call} steps`);
  }
  for (let key = 0; key < 500; key++) sketch.increment(hashInteger(key));
  for (let key = 0; key < 500; key++) assert.ok(sketch.frequency(hashInteger(key)) >= 3, `key ${key}`);
});

test('counters stop at 15', () => {
  const sketch = sketchFor(1000);
  for (let time = 0; time < 100; time++) sketch.increment(5);
  assert.is(sketch.frequency(5), 15);
  assert.is(sketch.frequency(6), 0);
});

test('cleared it is as new', () => {
  const sketch = sketchFor(20_000);
  sketch.increment(1);
  sketch.clear();
  assert.is(sketch.frequency(1), 0);
  assert.is(sketch.bytes, new FrequencySketch().bytes);
});

test.run();
