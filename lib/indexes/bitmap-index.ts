/**
 * The BITMAP index: the slots of each distinct value as a bitmap, for attributes of few values.
 *
 * Any condition at all is answered by trying each distinct value once; as each slot has one value, the answer is the disjoint union of the bitmaps
 * that pass, and its size the sum of their sizes. The more values, the dearer both become: meant for up to a few hundred.
 */
import type { BuildableIndex, BulkLoad } from './buildable-index.ts';
import type { ValueSet } from '../data/value-set.ts';
import type { IndexDefinition, IndexEstimate, SlotList } from './index-contract.ts';
import { SlotSet } from './slot-set.ts';
import { OTHERS, wordOf, type Word } from './value-codes.ts';

interface Member {
  /** Some value that the word stands for. */
  readonly value: unknown;
  readonly slots: SlotSet;
}

const MEMBER_BYTES = 200;

export class BitmapIndex implements BuildableIndex {
  readonly definition: IndexDefinition;
  readonly #members = new Map<Word, Member>();
  #size = 0;
  #version = 0;
  #lastSet: ValueSet | undefined = undefined;
  #lastMembers: readonly Member[] = [];

  constructor(definition: IndexDefinition) {
    this.definition = definition;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    let bytes = this.#members.size * MEMBER_BYTES;
    for (const { slots } of this.#members.values()) bytes += slots.bytes;
    return bytes;
  }

  get version(): number {
    return this.#version;
  }

  add(slot: number, [value]: readonly unknown[]): void {
    const word = wordOf(value);
    let member = this.#members.get(word);
    if (member === undefined) {
      member = { value: word === OTHERS ? OTHERS : value, slots: new SlotSet() };
      this.#members.set(word, member);
      this.#lastSet = undefined;
    }
    member.slots.add(slot);
    this.#size++;
    this.#version++;
  }

  remove(slot: number, [value]: readonly unknown[]): void {
    const word = wordOf(value);
    const slots = this.#members.get(word)?.slots;
    if (slots === undefined || !slots.delete(slot)) return;
    if (slots.size === 0) {
      this.#members.delete(word);
      this.#lastSet = undefined;
    }
    this.#size--;
    this.#version++;
  }

  /** Always an answer. Cost: one test for each distinct value. */
  estimate(sets: readonly ValueSet[]): IndexEstimate | undefined {
    const [set] = sets;
    if (set === undefined || sets.length > 1) return undefined;
    let count = 0;
    for (const { slots } of this.#passing(set)) count += slots.size;
    return { count, exact: true, counted: true };
  }

  collect([set]: readonly ValueSet[], out: SlotList): void {
    if (set === undefined) return;
    for (const { slots } of this.#passing(set)) slots.collect(out);
  }

  clear(): void {
    this.#members.clear();
    this.#lastSet = undefined;
    this.#size = 0;
    this.#version++;
  }

  bulk(): BulkLoad {
    return { take: (slot, values) => this.add(slot, values), *finish() {} };
  }

  /** Those whose value is in the set; remembered, because `collect` asks right after `estimate`. */
  #passing(set: ValueSet): readonly Member[] {
    if (set !== this.#lastSet) {
      this.#lastMembers = [...this.#members.values()].filter(({ value }) => (value === OTHERS ? set.others : set.has(value)));
      this.#lastSet = set;
    }
    return this.#lastMembers;
  }
}
