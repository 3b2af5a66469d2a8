/**
 * The building of one index (and of columns) on entries that go on changing.
 *
 * The slots are read once, in order. What changes at a slot that was not read yet needs no attention: it will be read as it is then. What changes at a
 * slot that was read is written down, and done to the index once it is loaded; while that is being done, more may be written down. When nothing is
 * left, the index is complete, within one turn of the event loop.
 */
import type { BuildableIndex, BulkLoad } from './buildable-index.ts';
import type { AttributeReader } from '../data/attribute.ts';
import type { EntryReader } from './slices.ts';

/** Entries read between two yields. */
const STEP = 512;

/** An entry's value, which may be undefined itself. */
export interface Held {
  readonly value: unknown;
}

interface Change {
  readonly slot: number;
  /** Undefined: the entry was not there before, or is gone. */
  readonly before: readonly unknown[] | undefined;
  readonly after: readonly unknown[] | undefined;
}

/** A column that is being filled. Changes may be made to it at any time, also at slots that were not read yet. */
export interface ColumnFill {
  readonly read: AttributeReader;
  readonly fill: (slot: number, value: unknown) => void;
}

export interface IndexBuildOptions {
  /** Empty; undefined when only columns are to be filled. */
  readonly index: BuildableIndex | undefined;
  /** Of the attributes of the index. */
  readonly readers: readonly AttributeReader[];
  readonly columns: readonly ColumnFill[];
  /** Called at the end of the build, before anything else can change: from here on whoever called must do the changes. */
  readonly complete: () => void;
}

export class IndexBuild {
  readonly index: BuildableIndex | undefined;
  readonly #readers: readonly AttributeReader[];
  readonly #columns: readonly ColumnFill[];
  readonly #complete: () => void;
  #load: BulkLoad | undefined = undefined;
  #changes: Change[] = [];
  /** Slots below were read. */
  #position = 0;
  #restarts = 0;

  constructor({ index, readers, columns, complete }: IndexBuildOptions) {
    this.index = index;
    this.#readers = readers;
    this.#columns = columns;
    this.#complete = complete;
  }

  /** An entry came, changed or went. Values are asked for only if it matters. */
  note(slot: number, key: unknown, before: Held | undefined, after: Held | undefined): void {
    if (this.index === undefined || slot >= this.#position) return;
    const read = (held: Held | undefined): readonly unknown[] | undefined => held && this.#readers.map((reader) => reader(key, held.value));
    this.#changes.push({ slot, before: read(before), after: read(after) });
  }

  /** All entries are gone: begins anew. */
  restart(): void {
    this.index?.clear();
    this.#changes = [];
    this.#position = 0;
    this.#restarts++;
  }

  /**
   * Builds. Run it to its end; pauses are allowed at each yield.
   * @yields after less than a millisecond of work
   */
  *run(reader: EntryReader): Generator<void> {
    for (let done = false; !done;) done = yield* this.#attempt(reader);
    this.#complete();
  }

  /** Whether it came to the end without a restart. */
  *#attempt(reader: EntryReader): Generator<void, boolean> {
    const restarts = this.#restarts;
    this.#load = this.index?.bulk(reader.top);
    const stages = [this.#read(reader), this.#load?.finish(), this.#catchUp()];
    for (const stage of stages) {
      if (stage === undefined) continue;
      while (stage.next().done !== true) {
        yield;
        if (restarts !== this.#restarts) return false;
      }
    }
    this.#load = undefined;
    return true;
  }

  *#read(reader: EntryReader): Generator<void> {
    const values: unknown[] = [];
    while (this.#position < reader.top) {
      const end = Math.min(reader.top, this.#position + STEP);
      for (let slot = this.#position; slot < end; slot++) if (reader.isLive(slot)) this.#take(slot, reader, values);
      this.#position = end;
      yield;
    }
    this.#position = Infinity;
  }

  #take(slot: number, reader: EntryReader, values: unknown[]): void {
    const key = reader.keyAt(slot);
    const value = reader.storedAt(slot);
    for (const { read, fill } of this.#columns) fill(slot, read(key, value));
    if (this.#load === undefined) return;
    for (const [at, read] of this.#readers.entries()) values[at] = read(key, value);
    this.#load.take(slot, values);
  }

  *#catchUp(): Generator<void> {
    while (this.#changes.length > 0) {
      const changes = this.#changes;
      this.#changes = [];
      for (const [done, { slot, before, after }] of changes.entries()) {
        if (before !== undefined) this.index!.remove(slot, before);
        if (after !== undefined) this.index!.add(slot, after);
        if (done % STEP === STEP - 1) yield;
      }
    }
  }
}
