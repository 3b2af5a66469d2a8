/** What worker threads of these tests import: a class, processors, a store in a file, and a switch that ends a thread. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads';
import { registerClass, type MapStore, type ProcessorEntry } from '../../lib/index.ts';
import type { WorkerStart } from '../../lib/member/threads/worker-messages.ts';

export class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  get text(): string {
    return (this.cents / 100).toFixed(2);
  }
}
registerClass(Money, { name: 'threads.Money' });

export const add = (entry: ProcessorEntry<unknown, number>, more: number): number => {
  const sum = (entry.value ?? 0) + more;
  entry.setValue(sum);
  return sum;
};

export const fail = (): never => {
  throw Object.assign(new RangeError('out of range', { cause: new Error('deep') }), { limit: 7 });
};

/** Whether the caller's thread is another one. */
export const whereAmI = (): string => (isMainThread ? 'application' : (workerData as WorkerStart).id);

export const later = async (entry: ProcessorEntry<unknown, number>): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  entry.setValue(1);
  return 1;
};

/** Operations as lines of a file: for all threads the same. */
export const fileStore = {
  newMapStore(_: string, properties: Readonly<Record<string, string>>): MapStore<string, number> {
    const file = properties['file']!;
    const all = (): Map<string, number> => {
      const rows = new Map<string, number>();
      for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []) {
        const [key, value] = JSON.parse(line) as [string, number?];
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
      return rows;
    };
    const write = (...line: [string, number?]): void => appendFileSync(file, `${JSON.stringify(line)}\n`);
    return {
      load: (key) => all().get(key),
      loadAll: (keys) => new Map([...all()].filter(([key]) => keys.includes(key))),
      loadAllKeys: () => all().keys(),
      store: (key, value) => write(key, value),
      delete: (key) => write(key),
      storeAll: (entries) => entries.forEach((value, key) => write(key, value)),
      deleteAll: (keys) => keys.forEach((key) => write(key)),
    };
  },
};

/** Ends the worker with this name at once, or by an error: `{ member, how }`. */
export const SWITCH = 'cobnut-test-switch';

export type How = 'exit' | 'error';

if (!isMainThread) {
  const channel = new BroadcastChannel(SWITCH);
  channel.unref();
  channel.addEventListener('message', (event) => {
    const { member, how } = (event as unknown as { data: { member: string; how: How } }).data;
    if (member !== (workerData as WorkerStart).id) return;
    if (how === 'exit') process.exit(3);
    if (how === 'error') throw new Error('a fault in a worker');
  });
}
