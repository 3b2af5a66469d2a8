/**
 * The SORTED index of one attribute: which slots have which value, in the order of the values.
 *
 * Values are kept apart by family, because only values of one family have a cheap common order, and because one NaN or one mixed comparison would
 * silently spoil a tree. Numbers and dates are doubles; a bigint that a double can stand for is that double, the few others (wide ones) are texts in the form
 * of `key-encoding`; texts are in the form of `textKey`. What has no order to speak of (null, NaN, booleans, objects) are plain sets of slots.
 * A condition is a list of spans: intervals of the ordered families and whole sets of the others.
 */
import { safeDouble, bigintElement, keyText, firstValue, textKey } from './key-encoding.ts';
import type { BuildableIndex, BulkLoad } from './buildable-index.ts';
import type { IndexDefinition, IndexEstimate, OrderedIndex, SlotList } from './index-contract.ts';
import type { BigintInterval, NumberIntervals, TextInterval, ValueSet } from '../data/value-set.ts';
import { compareValues } from '../data/compare.ts';
import { NumberBlocks } from './number-blocks.ts';
import { EVERYTHING, type Accepts, type Key, type KeyRange, type Visit } from './ordered-blocks.ts';
import { OrderedSlots, type Run } from './ordered-slots.ts';
import { SlotSet } from './slot-set.ts';
import { SortedLoad } from './sorted-load.ts';
import { TextBlocks } from './text-blocks.ts';

/** A condition of more spans is estimated from every n-th of them. */
const COUNTED_SPANS = 256;

type NumberSlots = OrderedSlots<number>;
type TextSlots = OrderedSlots<string>;

/** An interval of one ordered family. */
interface Span<K extends Key> {
  readonly blocks: OrderedSlots<K>;
  readonly range: KeyRange<K>;
  readonly accepts: Accepts<K> | undefined;
}

/** The spans of a condition in the order of the values. Wide bigints lie among the numbers. */
interface Spans {
  readonly booleans: readonly SlotSet[];
  readonly numbers: readonly Span<number>[];
  readonly bigints: readonly Span<string>[];
  readonly nan: readonly SlotSet[];
  readonly dates: readonly Span<number>[];
  readonly texts: readonly Span<string>[];
  readonly rest: readonly SlotSet[];
}

export class SortedIndex implements OrderedIndex, BuildableIndex {
  readonly definition: IndexDefinition;
  readonly #numbers = new OrderedSlots(new NumberBlocks());
  /** Wide bigints: no double can stand for them. */
  readonly #bigints = new OrderedSlots(new TextBlocks());
  readonly #dates = new OrderedSlots(new NumberBlocks());
  readonly #texts = new OrderedSlots(new TextBlocks());
  readonly #false = new SlotSet();
  readonly #true = new SlotSet();
  readonly #nan = new SlotSet();
  readonly #others = new SlotSet();
  readonly #nulls = new SlotSet();
  readonly #everything: Spans;
  #lastSet: ValueSet | undefined = undefined;
  #lastSpans: Spans | undefined = undefined;
  #version = 0;

  constructor(definition: IndexDefinition) {
    this.definition = definition;
    this.#everything = {
      booleans: [this.#false, this.#true],
      numbers: [whole(this.#numbers)],
      bigints: [whole(this.#bigints)],
      nan: [this.#nan],
      dates: [whole(this.#dates)],
      texts: [whole(this.#texts)],
      rest: [this.#others, this.#nulls],
    };
  }

  get size(): number {
    return this.#families().reduce((total, family) => total + family.size, 0);
  }

  get bytes(): number {
    return this.#families().reduce((total, family) => total + family.bytes, 0);
  }

  get version(): number {
    return this.#version;
  }

  add(slot: number, values: readonly unknown[]): void {
    this.#change(true, slot, values[0]);
  }

  remove(slot: number, values: readonly unknown[]): void {
    this.#change(false, slot, values[0]);
  }

  /** Always an answer. Texts that must be tested one by one (a LIKE with more than a prefix) make it a bound. */
  estimate(sets: readonly ValueSet[]): IndexEstimate | undefined {
    const [set] = sets;
    if (set === undefined || sets.length > 1) return undefined;
    const { booleans, numbers, bigints, nan, dates, texts, rest } = this.#spans(set);
    let count = 0;
    for (const slots of [booleans, nan, rest]) for (const { size } of slots) count += size;
    let counted = set.textsExact || this.#texts.size === 0;
    for (const counts of [countSpans(numbers), countSpans(bigints), countSpans(dates), countSpans(texts)]) {
      count += counts.count;
      counted &&= counts.counted;
    }
    return { count, exact: true, counted };
  }

  collect([set]: readonly ValueSet[], out: SlotList): void {
    if (set === undefined) return;
    const { booleans, numbers, bigints, nan, dates, texts, rest } = this.#spans(set);
    for (const slots of [booleans, nan, rest]) for (const family of slots) family.collect(out);
    for (const { blocks, range } of numbers) blocks.collect(range, out);
    for (const { blocks, range } of dates) blocks.collect(range, out);
    for (const { blocks, range } of bigints) blocks.collect(range, out);
    for (const { blocks, range, accepts } of texts) blocks.collect(range, out, accepts);
  }

  walk(descending: boolean, visit: Visit): boolean {
    return this.#walk(this.#everything, descending, visit);
  }

  walkWithin(set: ValueSet, descending: boolean, visit: Visit): boolean {
    return this.#walk(this.#spans(set), descending, visit);
  }

  clear(): void {
    this.#version++;
    for (const family of this.#families()) family.clear();
  }

  bulk(expected: number): BulkLoad {
    return new SortedLoad(this, { numbers: this.#numbers, dates: this.#dates, texts: this.#texts }, expected);
  }

  #families(): readonly (SlotSet | NumberSlots | TextSlots)[] {
    return [this.#false, this.#true, this.#numbers, this.#bigints, this.#nan, this.#dates, this.#texts, this.#others, this.#nulls];
  }

  #change(adds: boolean, slot: number, value: unknown): void {
    this.#version++;
    if (typeof value === 'number' && !Number.isNaN(value)) {
      changePair(adds, this.#numbers, value + 0, slot); // + 0 makes -0 0
    } else if (typeof value === 'string') {
      changePair(adds, this.#texts, textKey(value), slot);
    } else if (value instanceof Date && !Number.isNaN(value.getTime())) {
      changePair(adds, this.#dates, value.getTime(), slot);
    } else if (typeof value === 'bigint') {
      const safe = safeDouble(value);
      if (safe === undefined) changePair(adds, this.#bigints, bigintElement(value), slot);
      else changePair(adds, this.#numbers, safe, slot);
    } else if (adds) {
      this.#unordered(value).add(slot);
    } else {
      this.#unordered(value).delete(slot);
    }
  }

  /** The set for a value that is neither a number in order, bigint, text nor date. */
  #unordered(value: unknown): SlotSet {
    if (value === true) return this.#true;
    if (value === false) return this.#false;
    if (typeof value === 'number') return this.#nan;
    return typeof value === 'object' && value !== null ? this.#others : this.#nulls;
  }

  #spans(set: ValueSet): Spans {
    if (set === this.#lastSet && this.#lastSpans !== undefined) return this.#lastSpans;
    const accepts: Accepts<string> | undefined = set.textsExact ? undefined : (key) => set.has(keyText(key));
    this.#lastSpans = {
      booleans: [...(set.false ? [this.#false] : []), ...(set.true ? [this.#true] : [])],
      numbers: numberSpans(this.#numbers, set.numbers),
      bigints: set.bigints.map((interval) => ({ blocks: this.#bigints, range: bigintRange(interval), accepts: undefined })),
      nan: set.nan ? [this.#nan] : [],
      dates: numberSpans(this.#dates, set.dates),
      texts: set.texts.map((interval) => ({ blocks: this.#texts, range: textRange(interval), accepts })),
      rest: [...(set.others ? [this.#others] : []), ...(set.nulls ? [this.#nulls] : [])],
    };
    this.#lastSet = set;
    return this.#lastSpans;
  }

  #walk(spans: Spans, descending: boolean, visit: Visit): boolean {
    const groups = [
      () => walkSets(spans.booleans, descending, visit),
      () => (this.#bigints.size === 0 ? walkSpans(spans.numbers, descending, visit) : walkMerged(spans, descending, visit)),
      () => walkSets(spans.nan, descending, visit),
      () => walkSpans(spans.dates, descending, visit),
      () => walkSpans(spans.texts, descending, visit),
      () => walkSets(spans.rest, descending, visit),
    ];
    return inDirection(groups, descending).every((group) => group());
  }
}

function changePair<K extends Key>(adds: boolean, blocks: OrderedSlots<K>, key: K, slot: number): void {
  if (adds) blocks.add(key, slot);
  else blocks.remove(key, slot);
}

function whole<K extends Key>(blocks: OrderedSlots<K>): Span<K> {
  return { blocks, range: EVERYTHING, accepts: undefined };
}

function numberSpans(blocks: NumberSlots, intervals: NumberIntervals): readonly Span<number>[] {
  const spans: Span<number>[] = [];
  for (let i = 0; i + 1 < intervals.length; i += 2) {
    spans.push({
      blocks,
      range: { low: intervals[i]! + 0, lowOpen: false, high: intervals[i + 1]! + 0, highOpen: false },
      accepts: undefined,
    });
  }
  return spans;
}

function bigintRange({ low, high }: BigintInterval): KeyRange<string> {
  const [lowKey, highKey] = [low, high].map((n) => (n === undefined ? undefined : bigintElement(n)));
  return { low: lowKey, lowOpen: false, high: highKey, highOpen: false };
}

function textRange({ low, lowOpen, high, highOpen }: TextInterval): KeyRange<string> {
  return { low: low === undefined ? low : textKey(low), lowOpen, high: high === undefined ? high : textKey(high), highOpen };
}

function countSpans<K extends Key>(spans: readonly Span<K>[]): { readonly count: number; readonly counted: boolean } {
  const [first] = spans;
  if (first === undefined || first.blocks.size === 0) return { count: 0, counted: true };
  const step = Math.ceil(spans.length / COUNTED_SPANS);
  let count = 0;
  let looked = 0;
  for (let i = 0; i < spans.length; i += step, looked++) count += first.blocks.count(spans[i]!.range);
  return step === 1 ? { count, counted: true } : { count: Math.round((count / looked) * spans.length), counted: false };
}

/** A copy in the other order when descending. */
function inDirection<T>(list: readonly T[], descending: boolean): readonly T[] {
  return descending ? list.toReversed() : list;
}

function walkSets(sets: readonly SlotSet[], descending: boolean, visit: Visit): boolean {
  return inDirection(sets, descending).every((slots) => slots.walk(visit));
}

function walkSpans<K extends Key>(spans: readonly Span<K>[], descending: boolean, visit: Visit): boolean {
  return inDirection(spans, descending).every(({ blocks, range, accepts }) => blocks.walk(range, descending, visit, accepts));
}

/** Numbers and wide bigints in one order. */
function walkMerged({ numbers, bigints }: Spans, descending: boolean, visit: Visit): boolean {
  const left = runs(numbers, descending);
  const right = runs(bigints, descending);
  let number = left.next();
  let bigint = right.next();
  while (number.done !== true && bigint.done !== true) {
    const difference = compareValues(number.value.key, firstValue(bigint.value.key));
    const isNumberNext = difference === 0 || difference < 0 !== descending;
    const isBigintNext = difference === 0 || !isNumberNext;
    const next = [...(isNumberNext ? [number.value] : []), ...(isBigintNext ? [bigint.value] : [])];
    if (!walkTogether(next, visit)) return false;
    if (isNumberNext) number = left.next();
    if (isBigintNext) bigint = right.next();
  }
  for (; number.done !== true; number = left.next()) if (!number.value.walk(visit)) return false;
  for (; bigint.done !== true; bigint = right.next()) if (!bigint.value.walk(visit)) return false;
  return true;
}

/** Runs of one value, by slot. */
function walkTogether(equal: readonly Pick<Run<Key>, 'walk'>[], visit: Visit): boolean {
  const [only] = equal;
  if (only !== undefined && equal.length === 1) return only.walk(visit);
  const slots: number[] = [];
  for (const run of equal) {
    run.walk((slot) => {
      slots.push(slot);
      return false;
    });
  }
  return slots.toSorted((a, b) => a - b).every((slot) => !visit(slot));
}

function* runs<K extends Key>(spans: readonly Span<K>[], descending: boolean): Generator<Run<K>> {
  for (const { blocks, range } of inDirection(spans, descending)) yield* blocks.runs(range, descending);
}
