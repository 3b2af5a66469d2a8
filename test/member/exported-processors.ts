/** Entry processors for members elsewhere. */
import type { EntryProcessor } from '../../lib/index.ts';

/** Adds `args`, or 1, and returns the sum. */
export const add: EntryProcessor<unknown, number, number, number | undefined> = (entry, args) => {
  const sum = (entry.value ?? 0) + (args ?? 1);
  entry.setValue(sum);
  return sum;
};

/** The same, later. */
export const addLater: EntryProcessor<unknown, number, Promise<number>, number | undefined> = async (entry, args) => {
  await Promise.resolve();
  const sum = (entry.value ?? 0) + (args ?? 1);
  entry.setValue(sum);
  return sum;
};

export const fails: EntryProcessor<unknown, number> = () => {
  throw new RangeError('on purpose');
};
