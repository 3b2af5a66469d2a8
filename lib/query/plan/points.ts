/** Whether a value set is a list of single values, so that a hash index or the leading attribute of a composite index can answer it. */
import type { NumberIntervals, ValueSet } from '../../data/value-set.ts';

export function isPoints(set: ValueSet): boolean {
  return (
    !set.others &&
    set.textsExact &&
    single(set.numbers) &&
    single(set.dates) &&
    set.texts.every((texts) => texts.low !== undefined && texts.low === texts.high) &&
    set.bigints.every((bigints) => bigints.low !== undefined && bigints.low === bigints.high)
  );
}

function single(intervals: NumberIntervals): boolean {
  for (let i = 0; i < intervals.length; i += 2) if (intervals[i] !== intervals[i + 1]) return false;
  return true;
}
