/**
 * The HASH index: which slots have a value, for conditions that are lists of values.
 *
 * A dictionary gives each distinct value a code, and each code has a posting list. The lists are kept only while there are more than 64 distinct
 * values: with fewer, a list holds so many slots that scanning the column beats it, and lists would only make changes dear. Meanwhile the index keeps
 * one byte per slot, enough to make the lists when the 65th value comes (about 8 ms for a million entries, once), and `estimate` answers
 * `undefined`. The lists are given up again at 32 values.
 *
 * A composite index is the same thing over tuples: the values of all attributes as one text (`key-encoding`). It answers conditions on all of them.
 */
import type { BuildableIndex, BulkLoad } from './buildable-index.ts';
import type { ValueSet } from '../data/value-set.ts';
import type { IndexDefinition, IndexEstimate, SlotList } from './index-contract.ts';
import { tuple } from './key-encoding.ts';
import { pointTuples, pointWords } from './point-words.ts';
import { Postings } from './postings.ts';
import { createSlotList } from './slot-list.ts';
import { PagedNumbers } from './paged-numbers.ts';
import { ValueCodes, wordOf, type Word } from './value-codes.ts';

/** With more distinct values than this the index has posting lists … */
const LISTS_ABOVE = 64;
/** … until there are no more than this. */
const LISTS_UNTIL = 32;
/** A condition of more values is estimated from every n-th of them. */
const COUNTED_WORDS = 1024;

export class HashIndex implements BuildableIndex {
  readonly definition: IndexDefinition;
  readonly #composite: boolean;
  readonly #codes = new ValueCodes();
  /** Without lists: one more than the code of each slot that is in the index. */
  readonly #rows = new PagedNumbers((rows) => new Uint8Array(rows));
  #postings: Postings | undefined = undefined;
  /** Without lists: entries of each code. */
  readonly #counts = new Int32Array(LISTS_ABOVE + 1);
  #size = 0;
  #version = 0;
  #lastSets: readonly ValueSet[] = [];
  #lastWords: readonly Word[] | undefined = undefined;

  constructor(definition: IndexDefinition) {
    this.definition = definition;
    this.#composite = definition.attributes.length > 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#codes.bytes + this.#rows.bytes + this.#counts.byteLength + (this.#postings?.bytes ?? 0);
  }

  get version(): number {
    return this.#version;
  }

  /** Distinct values (or tuples) present. */
  get distinct(): number {
    return this.#codes.size;
  }

  add(slot: number, values: readonly unknown[]): void {
    const code = this.#codes.assign(this.#wordOf(values));
    if (this.#postings === undefined) {
      this.#rows.set(slot, code + 1);
      this.#counts[code]!++;
      if (this.#codes.size > LISTS_ABOVE) this.#makeLists();
    } else this.#postings.add(code, slot);
    this.#size++;
    this.#version++;
  }

  remove(slot: number, values: readonly unknown[]): void {
    const word = this.#wordOf(values);
    const code = this.#codes.find(word);
    if (code === undefined) return;
    if (this.#postings === undefined) {
      this.#rows.set(slot, 0);
      if (--this.#counts[code]! === 0) this.#codes.drop(word, code);
    } else {
      this.#postings.remove(code, slot);
      if (this.#postings.length(code) === 0) this.#drop(word, code);
    }
    this.#size--;
    this.#version++;
  }

  /** An answer for sets of values on all attributes, while there are posting lists. */
  estimate(sets: readonly ValueSet[]): IndexEstimate | undefined {
    const postings = this.#postings;
    if (postings === undefined) return undefined;
    const words = this.#words(sets);
    if (words === undefined) return undefined;
    const step = Math.ceil(words.length / COUNTED_WORDS);
    let count = 0;
    let looked = 0;
    for (let i = 0; i < words.length; i += step, looked++) {
      const code = this.#codes.find(words[i]!);
      if (code !== undefined) count += postings.length(code);
    }
    return step <= 1
      ? { count, exact: true, counted: true }
      : { count: Math.round((count / looked) * words.length), exact: true, counted: false };
  }

  collect(sets: readonly ValueSet[], out: SlotList): void {
    for (const word of this.#words(sets) ?? []) {
      const code = this.#codes.find(word);
      if (code !== undefined) this.#postings?.collect(code, out);
    }
  }

  clear(): void {
    this.#codes.clear();
    this.#rows.clear();
    this.#postings = undefined;
    this.#counts.fill(0);
    this.#size = 0;
    this.#version++;
  }

  bulk(): BulkLoad {
    // Adding one by one is as quick as anything else.
    return { take: (slot, values) => this.add(slot, values), *finish() {} };
  }

  #wordOf(values: readonly unknown[]): Word {
    return this.#composite ? tuple(values) : wordOf(values[0]);
  }

  #words(sets: readonly ValueSet[]): readonly Word[] | undefined {
    if (sets.length !== this.definition.attributes.length) return undefined;
    if (sets.some((set, at) => set !== this.#lastSets[at])) {
      this.#lastWords = this.#composite ? pointTuples(sets) : pointWords(sets[0]!);
      this.#lastSets = [...sets];
    }
    return this.#lastWords;
  }

  #makeLists(): void {
    const postings = new Postings();
    this.#rows.walk((slot, code) => postings.add(code - 1, slot));
    this.#rows.clear();
    this.#counts.fill(0);
    this.#postings = postings;
  }

  #drop(word: Word, code: number): void {
    this.#codes.drop(word, code);
    if (this.#codes.size <= LISTS_UNTIL) this.#dropLists(this.#postings!);
  }

  #dropLists(postings: Postings): void {
    const slots = createSlotList();
    this.#codes.renumber((before, after) => {
      slots.length = 0;
      postings.collect(before, slots);
      for (let i = 0; i < slots.length; i++) this.#rows.set(slots.data[i]!, after + 1);
      this.#counts[after] = slots.length;
    });
    this.#postings = undefined;
  }
}
