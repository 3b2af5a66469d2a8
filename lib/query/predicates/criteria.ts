/** Where a criteria expression begins: `e.get('age')`, `e.is('active')`, `e.key()`. */
import type { EntryObject } from '../../api/criteria.ts';
import { AttributeComparisons } from './attribute-comparisons.ts';

const ENTRY: EntryObject<unknown> = Object.freeze({
  get: (path: string) => new AttributeComparisons(path),
  key: () => new AttributeComparisons('__key'),
  is: (path: string) => new AttributeComparisons(path).isTrue(),
  isNot: (path: string) => new AttributeComparisons(path).isTrue().not(),
});

/** The one entry object there is: it has no state, and whose entry it is only the compiler knows. */
export function entryObject<V, K = unknown>(): EntryObject<V, K>;
export function entryObject(): EntryObject<unknown> {
  return ENTRY;
}
