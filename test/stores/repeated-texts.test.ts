/** Texts of a column read with a memory of those before: always what the bytes say. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { repeatedTexts } from '../../stores/knex/repeated-texts.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('repeated texts');

/** Texts whose UTF-8 bytes are the characters of others, so that only a strict comparison tells them apart. */
const CONFUSING = [
  'é',
  'Ã©',
  '\u00c3\u00a9',
  'ÃÂ©',
  '',
  '\0',
  'a',
  'b',
  'aé',
  'x'.repeat(24),
  'x'.repeat(25),
  '\u{1F600}',
  'ð\u009f\u0098\u0080',
];

function readAll(texts: readonly string[], places: number): string[] {
  const read = repeatedTexts(places);
  const bytes = Buffer.from(texts.join(''), 'utf8');
  let at = 0;
  return texts.map((text) => {
    const length = Buffer.byteLength(text);
    at += length;
    return String(read(bytes, at - length, length));
  });
}

test('each text is what its bytes say, however few places there are', () => {
  const text = fc.oneof(fc.constantFrom(...CONFUSING), fc.string({ unit: 'binary', maxLength: 30 }));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), fc.constantFrom(1, 2, 1024), (texts, places) => {
      assert.equal(readAll([...texts, ...texts], places), [...texts, ...texts]);
    }),
    { seed: SEED, numRuns: 300 * EFFORT },
  );
});

test('it goes on when texts stop repeating, and when they never did', () => {
  const few = Array.from({ length: 10_000 }, (_, index) => `city${index % 7}`);
  const many = Array.from({ length: 20_000 }, (_, index) => `name${index}`);
  assert.equal(readAll([...few, ...many, ...few], 64), [...few, ...many, ...few]);
});

test.run();
