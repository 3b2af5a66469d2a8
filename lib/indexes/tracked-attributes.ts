/** The attribute set of a map: who tracks which attribute, and the change of all of them with each entry. */
import type { Attribute } from '../../grammar/ast.ts';
import type { ColumnMemory } from '../columns/column-memory.ts';
import type { Column } from '../columns/column.ts';
import { createColumn } from '../columns/attribute-column.ts';
import { hasAny, type AttributeReader } from '../data/attribute.ts';
import { IndexError } from '../errors.ts';
import { BuildQueue } from './build-queue.ts';
import type { BuildableIndex } from './buildable-index.ts';
import { createIndex } from './create-index.ts';
import { IndexBuild } from './index-build.ts';
import type { Index, IndexDefinition } from './index-contract.ts';
import { indexableAttribute, isSameIndex } from './index-definition.ts';
import { runInSlices, type EntryReader, type Slices } from './slices.ts';
import { isUnchanged, readInto, track, type Composite, type Tracked } from './tracked-attribute.ts';

/** A column is built when queries wanted it so many times. */
const WANTED_TIMES = 2;
/** Attributes that queries asked for and that have no column are forgotten above this number. */
const REMEMBERED_MAX = 1024;

/** What is to be built. */
interface Work {
  readonly index: BuildableIndex | undefined;
  /** Of the attributes of the index. */
  readonly readers: readonly AttributeReader[];
  /** Those whose column is to be filled. */
  readonly columns: readonly Tracked[];
  readonly reader: EntryReader;
  readonly slices: Slices;
}

interface Pending {
  readonly definition: IndexDefinition;
  readonly done: Promise<void>;
}

export class TrackedAttributes {
  readonly #memory: ColumnMemory;
  readonly #budgetBytes: number;
  /** By canonical path, those that queries merely asked for included. */
  readonly #attributes = new Map<string, Tracked>();
  /** Those with a column or an index. */
  #tracked: Tracked[] = [];
  readonly #composites: Composite[] = [];
  readonly #indexes: BuildableIndex[] = [];
  readonly #pending = new Set<Pending>();
  readonly #queue = new BuildQueue();
  /** What is being built: one thing at a time. */
  #build: IndexBuild | undefined = undefined;
  #version = 0;
  #clock = 0;
  #freed = false;
  readonly #one: unknown[] = [undefined];

  /** `budgetBytes`: for columns that only queries asked for. */
  constructor(memory: ColumnMemory, budgetBytes: number) {
    this.#memory = memory;
    this.#budgetBytes = budgetBytes;
  }

  get version(): number {
    return this.#version;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { column } of this.#tracked) bytes += column?.bytes ?? 0;
    for (const index of this.#indexes) bytes += index.bytes;
    return bytes;
  }

  get indexes(): readonly Index[] {
    return this.#indexes;
  }

  get definitions(): readonly IndexDefinition[] {
    return this.#indexes.map((index) => index.definition);
  }

  insert(slot: number, key: unknown, value: unknown): void {
    for (const tracked of this.#tracked) {
      const now = tracked.read(key, value);
      if (tracked.column !== undefined) this.#setColumn(tracked, slot, now);
      this.#one[0] = now;
      for (const index of tracked.indexes) index.add(slot, this.#one);
    }
    for (const { index, readers, after } of this.#composites) index.add(slot, readInto(after, readers, key, value));
    this.#build?.note(slot, key, undefined, { value });
  }

  update(slot: number, key: unknown, before: unknown, after: unknown): void {
    if (before === after) return;
    for (const tracked of this.#tracked) {
      const was = tracked.read(key, before);
      const now = tracked.read(key, after);
      if (was === now || isUnchanged(was, now)) continue;
      if (tracked.column !== undefined) this.#setColumn(tracked, slot, now);
      for (const index of tracked.indexes) {
        this.#one[0] = was;
        index.remove(slot, this.#one);
        this.#one[0] = now;
        index.add(slot, this.#one);
      }
    }
    for (const composite of this.#composites) {
      const was = readInto(composite.before, composite.readers, key, before);
      const now = readInto(composite.after, composite.readers, key, after);
      if (was.every((value, at) => isUnchanged(value, now[at]))) continue;
      composite.index.remove(slot, was);
      composite.index.add(slot, now);
    }
    this.#build?.note(slot, key, { value: before }, { value: after });
  }

  remove(slot: number, key: unknown, value: unknown): void {
    for (const tracked of this.#tracked) {
      tracked.column?.clear(slot);
      if (tracked.indexes.length === 0) continue;
      this.#one[0] = tracked.read(key, value);
      for (const index of tracked.indexes) index.remove(slot, this.#one);
    }
    for (const { index, readers, before } of this.#composites) index.remove(slot, readInto(before, readers, key, value));
    this.#build?.note(slot, key, { value }, undefined);
  }

  clear(): void {
    for (const tracked of this.#attributes.values()) {
      tracked.refused = false;
      if (tracked.column === undefined) continue;
      tracked.column.free();
      tracked.column = createColumn(tracked.attribute.text, this.#memory);
    }
    for (const index of this.#indexes) index.clear();
    this.#build?.restart();
    this.#version++;
  }

  column(attribute: string): Column | undefined {
    const tracked = this.#attributes.get(attribute);
    if (tracked === undefined || !tracked.complete) return undefined;
    tracked.lastWanted = ++this.#clock;
    return tracked.column;
  }

  async addIndex(definition: IndexDefinition, reader: EntryReader, slices: Slices): Promise<void> {
    const pending = [...this.#pending].find((other) => isSameIndex(other.definition, definition));
    if (pending !== undefined) return pending.done;
    if (this.#indexes.some((index) => isSameIndex(index.definition, definition))) return undefined;
    this.#refuseName(definition);
    const done = this.#queue.run(() => this.#buildIndex(definition, reader, slices));
    const entry = { definition, done };
    this.#pending.add(entry);
    return done.finally(() => this.#pending.delete(entry));
  }

  wanted(attribute: Attribute, reader: EntryReader, slices: Slices): void {
    if (hasAny(attribute) || this.#freed) return;
    const tracked = this.#attribute(attribute);
    tracked.lastWanted = ++this.#clock;
    tracked.wanted++;
    if (tracked.wanted < WANTED_TIMES || tracked.column !== undefined || tracked.refused) return;
    // A byte per entry is the least that a column can take.
    if (reader.top > this.#budgetBytes) return;
    tracked.wanted = 0;
    // A column is a convenience: if it can't be built, queries do without.
    void this.#queue.run(() => this.#buildColumn(tracked, reader, slices)).catch(() => undefined);
  }

  async settled(): Promise<void> {
    await this.#queue.settled();
  }

  free(): void {
    this.#freed = true;
    for (const tracked of this.#tracked) tracked.column?.free();
    this.#tracked = [];
    this.#attributes.clear();
    this.#composites.length = 0;
    this.#indexes.length = 0;
    this.#version++;
  }

  #refuseName(definition: IndexDefinition): void {
    const others = [...this.#indexes, ...this.#pending].map((other) => other.definition);
    const other = others.find(({ name }) => name === definition.name);
    if (other === undefined) return;
    throw new IndexError(`an index named '${definition.name}' is there already: ${other.type} on ${other.attributes.join(', ')}`, {
      details: { name: definition.name, type: other.type, attributes: other.attributes },
    });
  }

  async #buildIndex(definition: IndexDefinition, reader: EntryReader, slices: Slices): Promise<void> {
    const attributes = definition.attributes.map((path) => this.#attribute(indexableAttribute(path)));
    for (const tracked of attributes) tracked.indexed = true;
    const index = createIndex(definition);
    const readers = attributes.map((tracked) => tracked.read);
    const columns = attributes.filter((tracked) => tracked.column === undefined);
    await this.#run({ index, readers, columns, reader, slices }, () => {
      this.#indexes.push(index);
      if (attributes.length === 1) attributes[0]!.indexes.push(index);
      else this.#composites.push({ index, readers, before: [], after: [] });
      for (const tracked of attributes) if (!this.#tracked.includes(tracked)) this.#tracked.push(tracked);
    });
  }

  async #buildColumn(tracked: Tracked, reader: EntryReader, slices: Slices): Promise<void> {
    if (tracked.column !== undefined) return;
    await this.#run({ index: undefined, readers: [], columns: [tracked], reader, slices }, () => this.#keepBudget());
  }

  async #run({ index, readers, columns, reader, slices }: Work, complete: () => void): Promise<void> {
    if (this.#freed) return;
    for (const tracked of columns) this.#beginColumn(tracked);
    const build = new IndexBuild({
      index,
      readers,
      columns: columns.map((tracked) => ({ read: tracked.read, fill: (slot, value) => this.#setColumn(tracked, slot, value) })),
      complete: () => {
        this.#build = undefined;
        for (const tracked of columns) tracked.complete = tracked.column !== undefined;
        complete();
        this.#version++;
      },
    });
    this.#build = build;
    try {
      await runInSlices(build.run(reader), slices, () => !this.#freed);
    } finally {
      // Not complete: an entry could not be read, or there is no memory for the index.
      if (this.#build === build && !this.#freed) this.#abandon(columns);
    }
  }

  #abandon(columns: readonly Tracked[]): void {
    this.#build = undefined;
    for (const tracked of columns) this.#dropColumn(tracked);
  }

  #attribute(attribute: Attribute): Tracked {
    const known = this.#attributes.get(attribute.text);
    if (known !== undefined) return known;
    if (this.#attributes.size >= REMEMBERED_MAX) this.#forget();
    const tracked = track(attribute);
    this.#attributes.set(attribute.text, tracked);
    return tracked;
  }

  /** Forgets attributes that were asked for and never got a column. */
  #forget(): void {
    for (const [text, tracked] of this.#attributes) if (tracked.column === undefined && !tracked.indexed) this.#attributes.delete(text);
  }

  #beginColumn(tracked: Tracked): void {
    try {
      tracked.column = createColumn(tracked.attribute.text, this.#memory);
    } catch {
      return; // No memory for it: queries do without.
    }
    if (!this.#tracked.includes(tracked)) this.#tracked.push(tracked);
  }

  /** A column that can't grow any more is given up: no put may fail for it. */
  #setColumn(tracked: Tracked, slot: number, value: unknown): void {
    try {
      tracked.column?.set(slot, value);
    } catch {
      tracked.refused = true;
      this.#dropColumn(tracked);
    }
  }

  #dropColumn(tracked: Tracked): void {
    tracked.column?.free();
    tracked.column = undefined;
    tracked.complete = false;
    if (tracked.indexes.length === 0) this.#tracked = this.#tracked.filter((other) => other !== tracked);
    this.#version++;
  }

  /** Drops the columns that were wanted longest ago until the rest fits. */
  #keepBudget(): void {
    const columns = this.#tracked.filter((tracked) => tracked.complete && !tracked.indexed).toSorted((a, b) => a.lastWanted - b.lastWanted);
    let bytes = columns.reduce((total, { column }) => total + (column?.bytes ?? 0), 0);
    for (const tracked of columns) {
      if (bytes <= this.#budgetBytes) return;
      const size = tracked.column?.bytes ?? 0;
      bytes -= size;
      tracked.refused = size > this.#budgetBytes;
      this.#dropColumn(tracked);
    }
  }
}
