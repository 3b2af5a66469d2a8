/** Prints what the heap really grows by for values of each kind, and what `cost.ts` says: to be run with `--expose-gc`, in a process of its own. */
import { costOfKey, costOfStored } from '../../lib/data/cost.ts';
import { toKey, type StoredKey } from '../../lib/data/key.ts';
import { valueForm } from '../../lib/data/value.ts';

/** Bytes, each. */
export interface Growth {
  readonly name: string;
  readonly real: number;
  readonly estimated: number;
}

const COUNT = 20_000;
const frozen = valueForm('frozen');
const binary = valueForm('binary');

const VALUES: Readonly<Record<string, (i: number) => unknown>> = {
  'a short text': (i) => text(i, 10),
  'a long text': (i) => text(i, 100),
  'a big integer': (i) => 2n ** 70n + BigInt(i),
  'an employee': (i) => ({ id: i, name: text(i, 12), age: i % 60, active: i % 2 === 0, salary: i / 7 }),
  'a nested value': (i) => ({ id: i, address: { city: text(i, 8), zip: i }, tags: [text(i, 5), text(i + 1, 5)] }),
  'an array of texts': (i) => Array.from({ length: 10 }, (_, k) => text(i + k, 8)),
  'a date': (i) => new Date(i * 1e9),
  'a map': (i) => new Map(Array.from({ length: 5 }, (_, k) => [i + k, k])),
  'a set': (i) => new Set(Array.from({ length: 50 }, (_, k) => i + k)),
  'an empty object': () => ({}),
  bytes: (i) => new Uint8Array(200).fill(i),
};

const growths: Growth[] = Object.entries(VALUES).map(([name, make]) =>
  growth(
    name,
    (i) => frozen.takeIn(make(i)),
    (stored) => costOfStored(stored, frozen),
  ),
);
growths.push(
  growth(
    'an encoded employee',
    (i) => binary.takeIn(VALUES['an employee']!(i)),
    (stored) => costOfStored(stored, binary),
  ),
  growth('a key', (i) => toKey(text(i, 36)), costOfKey),
);
console.log(JSON.stringify(growths));

function growth<T>(name: string, make: (i: number) => T, costOf: (one: T & StoredKey) => number): Growth {
  for (let i = 0; i < 100; i++) make(i); // whatever is made once is made now
  const kept: T[] = Array.from<T>({ length: COUNT });
  const before = used();
  for (let i = 0; i < COUNT; i++) kept[i] = make(i + 1000);
  const real = (used() - before) / COUNT;
  return { name, real, estimated: kept.reduce((sum, one) => sum + costOf(one as T & StoredKey), 0) / COUNT };
}

function used(): number {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A text of its own, not a view on others. */
function text(i: number, length: number): string {
  return Buffer.from(String(i).padEnd(length, 'abcdefgh')).toString('latin1');
}
