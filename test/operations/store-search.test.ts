/** Queries over database and memory while both change: what a store that does nothing but hand out rows makes of them (B3). */
import * as assert from 'uvu/assert';
import { newInstance, type IMap } from '../../lib/index.ts';
import type { StoreAnswer, StoreQuery } from '../../lib/api/store-query.ts';
import { MapStoreError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

interface Item {
  readonly n: number;
}

const test = describe('queries of database and memory');

const KEYS = 60;
const ROUNDS = 150;

/** A store that leaves everything to the map, and lets a test do something before each page. */
class PageStore {
  readonly rows = new Map<number, Item>(Array.from({ length: KEYS }, (_, key) => [key, { n: key % 20 }]));
  readonly asked: StoreQuery[] = [];
  /** Whether rows come sorted by `n`, when that is asked, as they were when the query came. */
  sorts = false;
  beforePage: (page: number) => Promise<void> | void = () => {};
  ended = 0;

  load(key: number): Item | undefined {
    const found = this.rows.get(key);
    return found && { ...found };
  }

  store(key: number, value: Item): void {
    this.rows.set(key, { ...value });
  }

  delete(key: number): void {
    this.rows.delete(key);
  }

  find(query: StoreQuery): StoreAnswer<number, Item> {
    this.asked.push(query);
    const ordered = query.orderBy.length === 0 || this.sorts;
    const rows = [...this.rows].toSorted(([a, { n }], [b, { n: m }]) => (ordered && query.orderBy.length > 0 ? n - m : a - b));
    return {
      statement: 'all rows',
      residual: query.where,
      unsupported: ['this store leaves everything'],
      ordered,
      limited: false,
      advice: [],
      entries: () => this.#pages(rows, ([key, item]): readonly [number, Item] => [key, { ...item }]),
      keys: () => this.#pages(rows, ([key]) => key),
      count: () => Promise.reject(new Error('there is a residual')),
      estimate: () => Promise.resolve(this.rows.size),
    };
  }

  async *#pages<T>(rows: readonly (readonly [number, Item])[], row: (row: readonly [number, Item]) => T): AsyncGenerator<T[], void> {
    try {
      for (let page = 0; page * 10 < rows.length; page++) {
        await this.beforePage(page);
        yield rows.slice(page * 10, page * 10 + 10).map(row);
      }
    } finally {
      this.ended++;
    }
  }
}

async function open(store: PageStore): Promise<{ readonly map: IMap<number, Item>; [Symbol.asyncDispose](): Promise<void> }> {
  const instance = newInstance({ maps: { items: { mapStore: { implementation: store } } } });
  return { map: await instance.getMap<number, Item>('items'), [Symbol.asyncDispose]: () => instance.close() };
}

test('a store may leave everything: condition, order and page are made here', async () => {
  const store = new PageStore();
  await using world = await open(store);
  for (const source of ['store', 'both'] as const) {
    const query = world.map.query({ source }).where('n BETWEEN 3 AND 5');
    assert.is(await query.count(), 9);
    assert.equal(
      (await query.orderBy('n', 'desc').offset(2).limit(3).toArray()).map(({ n }) => n),
      [5, 4, 4],
    );
    assert.equal(await query.limit(2).keys(), [3, 4]);
    assert.match(String(await query.orderBy('n').explain()), /sort in memory: n \(this store leaves everything\)/);
  }
  assert.ok(store.asked.every(({ where }) => where.kind === 'between'));
});

test('the reader stops, the store hears of it', async () => {
  const store = new PageStore();
  await using world = await open(store);
  for await (const { n } of world.map.query({ source: 'store' })) if (n === 15) break;
  assert.is(store.ended, 1);
  assert.equal(await world.map.query({ source: 'store' }).limit(1).keys(), [0]);
  assert.is(store.ended, 2);
});

test("a store's error is a MapStoreError, whenever it comes", async () => {
  const store = new PageStore();
  await using world = await open(store);
  store.beforePage = (page) => {
    if (page === 2) throw new Error('broken pipe');
  };
  const error = await refusal(world.map.query({ source: 'both' }).toArray());
  assert.instance(error, MapStoreError);
  assert.match(error.message, /find failed: broken pipe/);
});

test(`${ROUNDS} queries while keys are loaded, evicted and written: none is missed, none comes twice`, async () => {
  for (let round = 0; round < ROUNDS * EFFORT; round++) await playRound(SEED + round);
});

async function playRound(seed: number): Promise<void> {
  const random = seeded(seed);
  const store = new PageStore();
  await using world = await open(store);
  const { map } = world;
  for (let key = 0; key < KEYS; key++) if (random() < 0.5) await map.get(key);
  /** Keys whose value changed while the query ran: they may be seen before or after. */
  const touched = new Set<number>();
  const change = async (): Promise<void> => {
    const key = Math.floor(random() * KEYS * 1.2);
    const what = random();
    if (what < 0.4) await map.get(key);
    else if (what < 0.8) await map.evict(key);
    else {
      touched.add(key);
      if (what < 0.9) await map.set(key, { n: Math.floor(random() * 20) });
      else await map.delete(key);
    }
  };
  const before = new Map(store.rows);
  const matches = (item: Item | undefined): boolean => item !== undefined && item.n < 10;
  const ordered = random() < 0.7;
  const limit = ordered && random() < 0.6 ? 12 : 1_000;
  store.sorts = random() < 0.5;
  const query = map.query({ source: 'both' }).where('n < 10');
  const found = await during((ordered ? query.orderBy('n') : query).limit(limit).entries(), store, async () => {
    for (let count = 0; count < 4; count++) await change();
  });

  const keys = found.map(([key]) => key);
  assert.is(new Set(keys).size, keys.length, `seed ${seed}: a key comes twice`);
  assert.ok(
    found.every(([, item]) => matches(item)),
    `seed ${seed}: one that does not match`,
  );
  if (ordered)
    assert.equal(
      found.map(([, { n }]) => n),
      found.map(([, { n }]) => n).toSorted((a, b) => a - b),
    );
  const untouched = (key: number): boolean => !touched.has(key);
  const last = found.length < limit ? Infinity : found.at(-1)![1].n;
  const expected = [...before].filter(([key, item]) => matches(item) && untouched(key) && item.n < last).map(([key]) => key);
  const certain = found.filter(([key, { n }]) => untouched(key) && n < last).map(([key]) => key);
  assert.equal(
    certain.toSorted((a, b) => a - b),
    expected,
    `seed ${seed}`,
  );
}

/** Runs `change` before each page, from outside the store: from within it is refused. */
async function during<R>(query: Promise<R>, store: PageStore, change: () => Promise<void>): Promise<R> {
  const state = { isOver: false };
  const goOn: (() => void)[] = [];
  store.beforePage = () => new Promise((resolve) => goOn.push(resolve));
  const changing = (async () => {
    while (!state.isOver) {
      const next = goOn.pop();
      if (next !== undefined) await change();
      next?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    return await query;
  } finally {
    state.isOver = true;
    store.beforePage = () => {};
    await changing;
  }
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test.run();
