/** What is done with matches: counted, gathered, ordered, aggregated. */
import type { Work } from './work.ts';

/** Takes the matches of one execution, a batch at a time, each entry once. */
export interface Collector<R> {
  /** Whether more matches would change nothing. */
  readonly isFull: boolean;
  /** Whether it is worth some work to know beforehand how many matches there will be. */
  readonly wantsSize: boolean;
  /** Matches to take between two looks at the clock, at most: they take some tenths of a millisecond. */
  readonly rowsPerStep: number;
  /** So many matches will come if nothing changes. Called before the first of them, or never. */
  expect(rows: number): void;
  /** The entries at `slots[from..to)` match now. The array is reused after the call. */
  take(slots: Int32Array, from: number, to: number): void;
  /** A pause is near: whatever still refers to slots must be fetched now. */
  settle(): void;
  /** After a pause: false if what was taken can't be compared with what would come, so that all must begin again. */
  canGoOn(): boolean;
  /** The result, once all matches were taken. */
  finish(): Work<R>;
}
