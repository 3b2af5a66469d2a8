/** The order of keys: the total order of values, and among objects, which tie in it, that of their canonical texts. The same on every member. */
import { compareValues } from '../../data/compare.ts';
import { ObjectKey, toKey } from '../../data/key.ts';
import { compareText } from '../../data/text-order.ts';

export function compareKeys(a: unknown, b: unknown): number {
  const order = compareValues(a, b);
  return order !== 0 || typeof a !== 'object' || typeof b !== 'object' ? order : compareText(canonical(a), canonical(b));
}

function canonical(key: unknown): string {
  const stored = toKey(key);
  return stored instanceof ObjectKey ? stored.canonical : String(stored);
}
