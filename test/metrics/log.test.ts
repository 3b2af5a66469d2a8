/** News of the library as lines of a log, and on its channels. */
import * as assert from 'uvu/assert';
import { CHANNELS } from '../../lib/base/diagnostics.ts';
import { logTo, newInstance, type Logger } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';

const test = describe('log');

interface Entry {
  readonly level: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function collector(): { readonly logger: Logger; readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const at =
    (level: string) =>
    (details: object, message: string): void =>
      void entries.push({ level, details: { ...details }, message });
  return { entries, logger: { info: at('info'), warn: at('warn'), error: at('error') } };
}

test('a store that fails and a listener that throws, until the log is ended', async () => {
  const { logger, entries } = collector();
  const end = logTo(logger);
  const store = { load: () => Promise.reject(new Error('no connection')) };
  await using instance = newInstance({ maps: { m: { mapStore: { implementation: store } } } });
  const map = await instance.getMap<string, number>('m');
  await map.get('a').catch(() => undefined);
  const other = await instance.getMap<string, number>('other');
  await other.addEntryListener(() => {
    throw new Error('bad');
  });
  await other.set('a', 1);
  await new Promise((resolve) => setImmediate(resolve));
  end();
  await map.get('a').catch(() => undefined);
  assert.equal(
    entries.map(({ level, message }) => [level, message]),
    [
      ['warn', "map 'm': the store's load failed"],
      ['error', "a listener of map 'other' failed"],
    ],
  );
  assert.match((entries[0]!.details['err'] as Error).message, 'no connection');
  assert.is(entries[0]!.details['operation'], 'load');
});

/** News of each kind, and the line it becomes. */
const NEWS: readonly (readonly [keyof typeof CHANNELS, object, string, string])[] = [
  ['following', { map: 'm', state: 'reconnecting' }, 'warn', "map 'm': the following of the database is reconnecting"],
  ['following', { map: 'm', state: 'following' }, 'info', "map 'm': the following of the database is following"],
  ['members', { member: 'a#1', event: 'joined' }, 'info', "member 'a#1' joined"],
  ['members', { member: 'a#1', event: 'evicted' }, 'warn', "member 'a#1' was evicted"],
  ['partitions', { partition: 7, event: 'lost' }, 'error', 'partition 7 has lost every replica and begins empty'],
  [
    'partitions',
    { partition: 7, event: 'incomplete' },
    'error',
    'partition 7 goes on from an asynchronous backup, which may lack the latest changes',
  ],
  ['threads', { instance: 'i', member: 'w#1', error: new Error('x') }, 'error', "worker thread 'w#1' has ended and is replaced"],
];

test('each kind of news has its line', () => {
  const { logger, entries } = collector();
  const end = logTo(logger);
  for (const [kind, news] of NEWS) CHANNELS[kind].publish(news);
  end();
  assert.equal(
    entries.map(({ level, message }) => [level, message]),
    NEWS.map(([, , level, message]) => [level, message]),
  );
});

test.run();
