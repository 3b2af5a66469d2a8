/**
 * Hit ratios on generated accesses: LRU and LFU hit exactly as their simulators do, W_TINYLFU as Caffeine's policy to a point.
 *
 * `UPDATE_DOCS=1 npm run test:run -- eviction` writes the table of `docs/eviction.md`; read it before you commit. Seeds are fixed, as the page is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { EFFORT } from '../kit/seed.ts';
import { replay } from './replay.ts';
import { caffeineHits, lfuHits, lruHits, optimalHits } from './simulators.ts';
import { loop, randomOf, recent, shiftingZipf, trace, zipf, zipfShares, zipfWithScans, type Trace } from './traces.ts';

const PAGE = fileURLToPath(new URL('../../docs/eviction.md', import.meta.url));
const TABLE = /(<!-- table -->\n)[\s\S]*?(<!-- \/table -->)/;
const LENGTH = 40_000;
const KEYS = 20_000;
const ROOMS = [100, 400, 1600] as const;

type MakeTrace = (random: () => number, length: number) => Trace;

const TRACES: Readonly<Record<string, MakeTrace>> = {
  'Zipf 0.7': (random, length) => trace(length, zipf(KEYS, 0.7, random)),
  'Zipf 0.9': (random, length) => trace(length, zipf(KEYS, 0.9, random)),
  'Zipf 1.1': (random, length) => trace(length, zipf(KEYS, 1.1, random)),
  loop: (_, length) => loop(length, 2000),
  scans: (random, length) => zipfWithScans(length, zipf(KEYS, 0.9, random), 5000, 2000),
  shifting: (random, length) => shiftingZipf(length, zipf(KEYS, 0.9, random), length / 6, KEYS),
  recent: (random, length) => recent(length, 500, 3, random),
  mixed: (random, length) => {
    const part = Math.floor(length / 3);
    return Int32Array.from([...recent(part, 300, 3, random), ...loop(part, 2000), ...trace(part, zipf(KEYS, 0.9, random))]);
  },
};

const test = describe('hit ratios');

test('M68 LRU and LFU hit exactly as often as their simulators; docs/eviction.md shows the ratios', () => {
  const rows: string[] = [];
  for (const [name, make] of Object.entries(TRACES)) {
    const accesses = make(randomOf(1), LENGTH);
    for (const room of ROOMS) {
      const where = `${name}, room for ${room}`;
      const lru = replay('LRU', accesses, room, { random: randomOf(2) });
      assert.is(lru, lruHits(accesses, room), where);
      const lfu = replay('LFU', accesses, room, { random: randomOf(2) });
      assert.is(lfu, lfuHits(accesses, room), where);
      const tiny = replay('W_TINYLFU', accesses, room, { random: randomOf(2) });
      const caffeine = caffeineHits(randomOf(3))(accesses, room);
      const optimum = optimalHits(accesses, room);
      assert.ok(Math.max(lru, lfu, tiny, caffeine) <= optimum, `${where}: nobody beats the optimum`);
      const cells = [lru, lfu, tiny, caffeine, optimum].map((hits) => ((100 * hits) / accesses.length).toFixed(1));
      rows.push(`| ${name} | ${room.toLocaleString('en-US')} | ${cells.join(' | ')} |`);
    }
  }
  const head = ['| accesses | room for | LRU | LFU | W_TINYLFU | Caffeine’s | optimum |', '|---|--:|--:|--:|--:|--:|--:|'];
  const table = `${[...head, ...rows].join('\n')}\n`;
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page.replace(TABLE, `$1${table}$2`));
  else assert.ok(page.includes(table), `docs/eviction.md has another table than this:\n${table}`);
});

test('W_TINYLFU hits as often as Caffeine to a point, on average over several traces of a kind', () => {
  const seeds = Math.ceil(3 * EFFORT);
  const room = 400;
  for (const [name, make] of Object.entries(TRACES)) {
    let ours = 0;
    let caffeine = 0;
    for (let seed = 0; seed < seeds; seed++) {
      // Other keys each time, so that others collide in the sketch.
      const accesses = make(randomOf(seed), LENGTH).map((key) => key + seed * 100_000_003);
      ours += (100 * replay('W_TINYLFU', accesses, room, { random: randomOf(seed + 100) })) / LENGTH / seeds;
      caffeine += (100 * caffeineHits(randomOf(seed + 200))(accesses, room)) / LENGTH / seeds;
    }
    assert.ok(Math.abs(ours - caffeine) <= 1, `${name}: ${ours.toFixed(2)} %, Caffeine ${caffeine.toFixed(2)} %`);
  }
});

test('W_TINYLFU, evicting a quarter at a time, does no worse than with the room it uses at least', () => {
  for (const name of ['Zipf 0.9', 'scans', 'recent', 'shifting']) {
    const accesses = TRACES[name]!(randomOf(5), LENGTH);
    const many = replay('W_TINYLFU', accesses, 400, { random: randomOf(6), evictedShare: 0.25 });
    const one = replay('W_TINYLFU', accesses, 300, { random: randomOf(6) });
    assert.ok(many >= one - 0.01 * LENGTH, `${name}: ${many} hits, ${one} with room for 300`);
  }
});

/**
 * H. Che, Y. Tung, Z. Wang, Hierarchical web caching systems (2002): with independent accesses, an LRU cache keeps a key for about the same time T
 * after each access, and T is such that so many keys are kept as there is room for.
 */
test('LRU on Zipf hits as often as the theory says', () => {
  const length = Math.ceil(40_000 * EFFORT);
  for (const skew of [0.7, 1.1]) {
    const shares = zipfShares(KEYS, skew);
    const accesses = trace(length, zipf(KEYS, skew, randomOf(7)));
    const room = 400;
    const expected = (time: number, weigh: (share: number) => number): number =>
      shares.reduce((sum, share) => sum + weigh(share) * (1 - Math.exp(-share * time)), 0);
    let low = 0;
    let high = 1e9;
    for (let i = 0; i < 60; i++) {
      const time = (low + high) / 2;
      if (expected(time, () => 1) < room) low = time;
      else high = time;
    }
    const theory = 100 * expected(low, (share) => share);
    const measured = (100 * replay('LRU', accesses, room, { random: randomOf(8) })) / length;
    assert.ok(Math.abs(theory - measured) < 1, `Zipf ${skew}: ${measured.toFixed(2)} %, in theory ${theory.toFixed(2)} %`);
  }
});

test.run();
