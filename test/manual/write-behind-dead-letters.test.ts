/** M56, M57: what `onDeadLetter` may do with the map it serves, and what it must not. */
import * as assert from 'uvu/assert';
import type { DeadLetter, IMap, Instance, MapStore, MapStoreOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';
import { open, turns } from './write-behind-map.ts';

const test = describe('manual: dead letters');

/** Refuses keys that begin with `bad`. */
const store: MapStore<string, number> = {
  failureKind: () => 'poison',
  load: () => undefined,
  storeAll(entries) {
    if ([...entries.keys()].some((key) => key.startsWith('bad'))) throw new Error('refused');
  },
  deleteAll: () => undefined,
};

interface Opened {
  readonly map: IMap<string, number>;
  readonly instance: Instance;
}

/** A map whose queue is full of writes that are refused, while another one waits for room. */
async function inTrouble(
  react: (opened: Opened, letter: DeadLetter) => Promise<unknown>,
  options: MapStoreOptions = {},
): Promise<string[]> {
  const letters: string[] = [];
  const onDeadLetter = async (letter: DeadLetter): Promise<void> => {
    await react(opened, letter);
    letters.push(letter.key as string);
  };
  const opened = await open(store, { queueCapacity: 2, maxRetries: 0, onDeadLetter, ...options });
  const { map, instance } = opened;
  const writes = Promise.all([map.set('bad1', 1), map.set('bad2', 1), map.set('good', 1).catch(() => undefined)]);
  await turns();
  await writes;
  await map.flush();
  await instance.close();
  return letters;
}

test('M56 it may change the map, also when the queue is full', async () => {
  const calls: readonly ((opened: Opened, letter: DeadLetter) => Promise<unknown>)[] = [
    ({ map }, { key }) => map.remove(key as string),
    ({ map }, { key }) => map.set(`dead ${key as string}`, 1),
    ({ map }, { key }) => map.tryPut(`dead ${key as string}`, 1, 0),
    ({ map }, { key }) => map.putAll([[`dead ${key as string}`, 1], [`gone ${key as string}`, 1]]), // prettier-ignore
    ({ map }) => map.get('else'),
  ];
  for (const call of calls) {
    for (const onQueueFull of ['wait', 'reject'] as const) {
      assert.equal(await inTrouble(call, { onQueueFull }), ['bad1', 'bad2'], `${onQueueFull} ${String(call)}`);
    }
  }
});

test('M56 it may change the key of the letter also when a change of that key waits for room, and has its turn', async () => {
  for (const writeCoalescing of [true, false]) {
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>();
    const letters: unknown[] = [];
    const onDeadLetter = async ({ value }: DeadLetter): Promise<void> => {
      letters.push(value, await map.remove('bad'));
    };
    const slow: MapStore<string, number> = { ...store, storeAll: async (entries) => (await asked, store.storeAll!(entries)) };
    const { map, instance } = await open(slow, { writeCoalescing, queueCapacity: 1, maxRetries: 0, onDeadLetter });
    await map.set('bad', 1);
    const waiting = map.set('bad', 2);
    await turns();
    assert.is(map.getLocalMapStats().writeBehind!.waitingForRoom, 1);
    answer();
    await waiting;
    await map.flush();
    assert.equal(letters.slice(0, 2), [1, 2]);
    await instance.close();
  }
});

test('M57 it must not wait until all is written, which includes its own letter: refused', async () => {
  for (const called of ['flush', 'close', 'destroy']) {
    const errors: unknown[] = [];
    const letters = await inTrouble(async ({ map, instance }) => {
      const { code, details, message } = await refusal(
        called === 'flush' ? map.flush() : called === 'close' ? instance.close() : map.destroy(),
      );
      assert.match(message, `its onDeadLetter called '${called}'`);
      errors.push([code, details]);
    });
    const error = ['ERR_MAP_STORE_REENTRY', { map: 'test', operation: 'onDeadLetter', called }];
    assert.equal([letters, errors], [['bad1', 'bad2'], [error, error]]); // prettier-ignore
  }
});

test('M57 what it has begun and left behind may wait for all that is written', async () => {
  const flushes: Promise<void>[] = [];
  const letters = await inTrouble(async ({ map }) => {
    setImmediate(() => flushes.push(map.flush()));
  });
  assert.equal(letters, ['bad1', 'bad2']);
  await Promise.all(flushes);
});

test.run();
