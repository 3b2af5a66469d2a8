/** Where a criteria expression begins: `e.get('age')`, `e.is('active')`, `e.key()`. */
import type { EntryObject } from '../api/criteria.ts';
import { AttributeComparisons } from './attribute-comparisons.ts';

interface LooseEntry {
  get(path: string): AttributeComparisons;
  key(): AttributeComparisons;
  is(path: string): ReturnType<AttributeComparisons['isTrue']>;
  isNot(path: string): ReturnType<AttributeComparisons['isTrue']>;
}

const ENTRY: LooseEntry = Object.freeze<LooseEntry>({
  get: (path) => new AttributeComparisons(path),
  key: () => new AttributeComparisons('__key'),
  is: (path) => new AttributeComparisons(path).isTrue(),
  isNot: (path) => new AttributeComparisons(path).isTrue().not(),
});

/** The one entry object there is: it has no state, only the compiler sees whose entry it is. */
export function entryObject<V, K = unknown>(): EntryObject<V, K> {
  return ENTRY as unknown as EntryObject<V, K>;
}
