/**
 * Sorts (text, slot) pairs in steps, so that an index can be built without holding up the event loop.
 *
 * Texts arrive in segments. Within a segment equal texts are grouped by a Map, the distinct ones are sorted, and the slots are dealt to their
 * groups by counting; then segments are merged pairwise, group by group. So the number of comparisons depends on the distinct texts: a million
 * names out of two thousand take a few thousand comparisons a segment, and an attribute whose texts all differ is an ordinary merge sort. All is
 * stable: slots stay ascending within a text if they came so.
 *
 * Reference: D. E. Knuth, The Art of Computer Programming, volume 3, section 5.2.4.
 */

/** A segment ends at so many distinct texts (about a millisecond to sort) or so many pairs. */
const SEGMENT_TEXTS = 4096;
const SEGMENT_PAIRS = 1 << 16;
/** Groups and pairs merged between two yields. */
const STEP = 1 << 12;

/** Pairs in order, equal texts once: the slots of `texts[i]` are `slots[starts[i]]` to before `slots[starts[i + 1]]`. */
interface Run {
  readonly texts: readonly string[];
  readonly starts: Int32Array;
  readonly slots: Int32Array;
}

export class TextSorter {
  readonly #runs: Run[] = [];
  #groups = new Map<string, number>();
  readonly #groupOf = new Int32Array(SEGMENT_PAIRS);
  readonly #slots = new Int32Array(SEGMENT_PAIRS);
  #pairs = 0;

  /** In units of `textKey`: any order but that of UTF-16 code units is not ours. */
  take(text: string, slot: number): void {
    let group = this.#groups.get(text);
    if (group === undefined) {
      group = this.#groups.size;
      this.#groups.set(text, group);
    }
    this.#groupOf[this.#pairs] = group;
    this.#slots[this.#pairs++] = slot;
    if (this.#groups.size === SEGMENT_TEXTS || this.#pairs === SEGMENT_PAIRS) this.#endSegment();
  }

  /**
   * Sorts. The sorter is empty afterwards.
   * @yields after every few thousand steps
   */
  *finish(): Generator<void, SortedTexts> {
    if (this.#pairs > 0) this.#endSegment();
    let runs = this.#runs.splice(0);
    while (runs.length > 1) {
      const merged: Run[] = [];
      for (let i = 0; i + 1 < runs.length; i += 2) merged.push(yield* merge(runs[i]!, runs[i + 1]!));
      if (runs.length % 2 === 1) merged.push(runs.at(-1)!);
      runs = merged;
    }
    return new SortedTexts(runs[0] ?? { texts: [], starts: new Int32Array(1), slots: new Int32Array(0) });
  }

  #endSegment(): void {
    const texts = [...this.#groups.keys()].toSorted(byUnits);
    const starts = new Int32Array(texts.length + 1);
    const placeOf = new Int32Array(texts.length);
    for (const [place, text] of texts.entries()) placeOf[this.#groups.get(text)!] = place;
    for (let i = 0; i < this.#pairs; i++) starts[placeOf[this.#groupOf[i]!]! + 1]!++;
    for (let place = 0; place < texts.length; place++) starts[place + 1]! += starts[place]!;
    const next = starts.slice();
    const slots = new Int32Array(this.#pairs);
    for (let i = 0; i < this.#pairs; i++) slots[next[placeOf[this.#groupOf[i]!]!]!++] = this.#slots[i]!;
    this.#runs.push({ texts, starts, slots });
    this.#groups = new Map();
    this.#pairs = 0;
  }
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** All slots of `a` are below those of `b`. */
function* merge(a: Run, b: Run): Generator<void, Run> {
  const texts: string[] = [];
  const starts = new Int32Array(a.texts.length + b.texts.length + 1);
  const slots = new Int32Array(a.slots.length + b.slots.length);
  let length = 0;
  let mark = STEP;
  const copy = (run: Run, group: number): void => {
    const end = run.starts[group + 1]!;
    for (let i = run.starts[group]!; i < end; i++) slots[length++] = run.slots[i]!;
  };
  for (let i = 0, j = 0; i < a.texts.length || j < b.texts.length;) {
    const left = a.texts[i];
    const right = b.texts[j];
    const takeLeft = right === undefined || (left !== undefined && left <= right);
    const takeRight = left === undefined || (right !== undefined && right <= left);
    texts.push(takeLeft ? left! : right);
    if (takeLeft) copy(a, i++);
    if (takeRight) copy(b, j++);
    starts[texts.length] = length;
    if (texts.length + length >= mark) {
      mark = texts.length + length + STEP;
      yield;
    }
  }
  return { texts, starts: starts.slice(0, texts.length + 1), slots };
}

/** Pairs in order, one by one. */
export class SortedTexts {
  readonly #run: Run;
  #group = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  get slots(): Int32Array {
    return this.#run.slots;
  }

  /** The texts of the pairs from one index to before another. Quick if asked for near those before. */
  keys(from: number, to: number): string[] {
    const { texts } = this.#run;
    const keys: string[] = [];
    for (let i = from; i < to; i++) keys.push(texts[this.#groupOf(i)]!);
    return keys;
  }

  /** Where the pairs of one text end. As quick as `keys`. */
  runEnd(from: number): number {
    return this.#run.starts[this.#groupOf(from) + 1]!;
  }

  /** Looked for from where the last one was found. */
  #groupOf(pair: number): number {
    const { starts } = this.#run;
    while (starts[this.#group]! > pair) this.#group--;
    while (starts[this.#group + 1]! <= pair) this.#group++;
    return this.#group;
  }
}
