/** Entry processors that members of a simulated cluster find by module. */
import type { ProcessorEntry } from '../../lib/api/entry-processor.ts';

/** Puts a value, and gives what was there. */
export function swap(entry: ProcessorEntry<string, number>, value: number): number | undefined {
  const before = entry.value;
  entry.setValue(value);
  return before;
}

/** Takes the entry away, and gives what was there. */
export function take(entry: ProcessorEntry<string, number>): number | undefined {
  const before = entry.value;
  if (before !== undefined) entry.remove();
  return before;
}
