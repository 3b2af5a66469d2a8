/** Conditions that a finite list of values answers: what a hash index can look up. */
import type { BigintInterval, NumberIntervals, ValueSet } from '../data/value-set.ts';
import { bigintElement, dateElement, safeDouble, numberElement, TAG, textElement } from './key-encoding.ts';
import { dateWord, isDateWord, OTHERS, type Word } from './value-codes.ts';

/** Intervals of no more integers than this count as lists: `IN (1, 2)` is one interval of bigints or dates. */
const LISTED_MAX = 64;
/** No Date is later, or by as much earlier. */
const TIME_MAX_MS = 8.64e15;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The words of all values of the set, each once; `undefined` when the set has intervals that are no lists, or patterns. */
export function pointWords(set: ValueSet): readonly Word[] | undefined {
  const words: Word[] = [];
  if (!addNumbers(set.numbers, words) || !addTexts(set, words) || !addBigints(set.bigints, words) || !addDates(set.dates, words))
    return undefined;
  if (set.false) words.push(false);
  if (set.true) words.push(true);
  if (set.nan) words.push(NaN);
  if (set.others) words.push(OTHERS);
  if (set.nulls) words.push(null);
  return words;
}

function addNumbers(numbers: NumberIntervals, words: Word[]): boolean {
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    if (numbers[i] !== numbers[i + 1]) return false;
    words.push(numbers[i]! + 0);
  }
  return true;
}

function addTexts({ texts, textsExact }: ValueSet, words: Word[]): boolean {
  for (const { low, high, lowOpen, highOpen } of texts) {
    if (low === undefined || low !== high || lowOpen || highOpen) return false;
    words.push(low);
  }
  return textsExact || texts.length === 0;
}

/** Only the wide ones: the others are among the numbers. */
function addBigints(bigints: readonly BigintInterval[], words: Word[]): boolean {
  for (const { low, high } of bigints) {
    if (low === undefined || high === undefined) return false;
    if (low >= -SAFE && high <= SAFE) continue;
    if (high - low >= LISTED_MAX) return false;
    for (let n = low; n <= high; n++) if (safeDouble(n) === undefined) words.push(n);
  }
  return true;
}

function addDates(dates: NumberIntervals, words: Word[]): boolean {
  for (let i = 0; i + 1 < dates.length; i += 2) {
    const first = Math.max(Math.ceil(dates[i]!), -TIME_MAX_MS);
    const last = Math.min(Math.floor(dates[i + 1]!), TIME_MAX_MS);
    if (last - first >= LISTED_MAX) return false;
    for (let timeMs = first; timeMs <= last; timeMs++) words.push(dateWord(timeMs));
  }
  return true;
}

/** Products of more tuples are not looked up one by one. */
const TUPLES_MAX = 4096;

/** All tuples of values of the sets, as `tuple` writes them; `undefined` when a set is no list of values or there would be too many. */
export function pointTuples(sets: readonly ValueSet[]): readonly string[] | undefined {
  let tuples: readonly string[] = [''];
  for (const set of sets) {
    const words = pointWords(set);
    if (words === undefined || words.length * tuples.length > TUPLES_MAX) return undefined;
    const elements = words.map(wordElement);
    tuples = tuples.flatMap((beginning) => elements.map((next) => beginning + next));
  }
  return tuples;
}

/** The element of a tuple for the value that the word stands for. */
function wordElement(word: Word): string {
  switch (typeof word) {
    case 'number':
      return Number.isNaN(word) ? TAG.nan : numberElement(word);
    case 'string':
      return textElement(word);
    case 'boolean':
      return word ? TAG.true : TAG.false;
    case 'bigint':
      return isDateWord(word) ? dateElement(Number(word)) : bigintElement(word);
    case 'symbol':
      return TAG.other;
    default:
      return TAG.null;
  }
}
