/** Entry processors for the tests of near caches, as modules that every member imports. */
import type { EntryProcessor } from '../../lib/index.ts';

export const grow: EntryProcessor<string, { readonly name: string; readonly age: number }, void> = (entry) => {
  const value = entry.value!;
  entry.setValue({ ...value, age: value.age + 1 });
};
