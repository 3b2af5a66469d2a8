/** The attribute set of a map: who tracks which attribute, and the change of all of them with each entry. */
import type { Attribute } from '../../grammar/ast.ts';
import type { ColumnMemory } from '../columns/column-memory.ts';
import type { Column } from '../columns/column.ts';
import { createColumn } from '../columns/attribute-column.ts';
import { attributeReader, hasAny, type AttributeReader } from '../data/attribute.ts';
import { IndexError } from '../errors.ts';
import type { BuildableIndex } from './buildable-index.ts';
import { createIndex } from './create-index.ts';
import { IndexBuild, type ColumnFill } from './index-build.ts';
import type { Index, IndexDefinition } from './index-contract.ts';
import { indexableAttribute, isSameIndex } from './index-definition.ts';
import { runInSlices, type EntryReader, type Slices } from './slices.ts';

const DEFAULT_BUDGET_BYTES = 64 * 2 ** 20;
/** A column is built when queries wanted it so many times. */
const WANTED_TIMES = 2;
/** Attributes that queries asked for and that have no column are forgotten above this number. */
const REMEMBERED_MAX = 1024;

/** One attribute with all that is kept of it. */
interface Tracked {
  readonly attribute: Attribute;
  readonly read: AttributeReader;
  column: Column | undefined;
  /** Whether the column has all entries. */
  complete: boolean;
  /** Complete indexes of this attribute alone. */
  readonly indexes: BuildableIndex[];
  /** Whether an index, of this attribute alone or not, is there or being built: then its column is no matter of budget. */
  indexed: boolean;
  wanted: number;
  lastWanted: number;
  /** Turned out too large for the budget. */
  refused: boolean;
}

/** A complete index of several attributes, with room for the values of one entry before and after a change. */
interface Composite {
  readonly index: BuildableIndex;
  readonly readers: readonly AttributeReader[];
  readonly before: unknown[];
  readonly after: unknown[];
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
  /** What is being built; one thing at a time, the others wait in `#last`. */
  #build: IndexBuild | undefined = undefined;
  #last: Promise<void> = Promise.resolve();
  #queued = 0;
  #version = 0;
  #clock = 0;
  #freed = false;
  readonly #one: unknown[] = [undefined];

  constructor({
    memory,
    columnBudgetBytes = DEFAULT_BUDGET_BYTES,
  }: {
    readonly memory: ColumnMemory;
    readonly columnBudgetBytes?: number;
  }) {
    this.#memory = memory;
    this.#budgetBytes = columnBudgetBytes;
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
    for (const tracked of this.#tracked) {
      const was = tracked.read(key, before);
      const now = tracked.read(key, after);
      if (isUnchanged(was, now)) continue;
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
    for (const tracked of this.#tracked) {
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
    const done = this.#enqueue(() => this.#buildIndex(definition, reader, slices));
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
    void this.#enqueue(() => this.#buildColumn(tracked, reader, slices));
  }

  async settled(): Promise<void> {
    while (this.#queued > 0) await this.#last;
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

  /** Runs `build` at once if nothing else is being built, otherwise in its turn. */
  async #enqueue(build: () => Promise<void>): Promise<void> {
    const before = this.#queued === 0 ? undefined : this.#last;
    this.#queued++;
    const done = before === undefined ? build() : before.then(build);
    this.#last = done
      .catch(() => undefined)
      .finally(() => this.#queued--)
      .then(() => undefined);
    return done;
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

  async #run(
    {
      index,
      readers,
      columns,
      reader,
      slices,
    }: Pick<IndexBuild, 'index'> & {
      readonly readers: readonly AttributeReader[];
      readonly columns: readonly Tracked[];
      readonly reader: EntryReader;
      readonly slices: Slices;
    },
    complete: () => void,
  ): Promise<void> {
    if (this.#freed) return;
    for (const tracked of columns) this.#beginColumn(tracked);
    const fills = columns.map((tracked): ColumnFill => ({
      read: tracked.read,
      fill: (slot, value) => this.#setColumn(tracked, slot, value),
    }));
    this.#build = new IndexBuild({
      index,
      readers,
      columns: fills,
      complete: () => {
        this.#build = undefined;
        for (const tracked of columns) tracked.complete = tracked.column !== undefined;
        complete();
        this.#version++;
      },
    });
    await runInSlices(this.#build.run(reader), slices, () => !this.#freed);
  }

  #attribute(attribute: Attribute): Tracked {
    const known = this.#attributes.get(attribute.text);
    if (known !== undefined) return known;
    if (this.#attributes.size >= REMEMBERED_MAX) this.#forget();
    const tracked: Tracked = {
      attribute,
      read: attributeReader(attribute),
      column: undefined,
      complete: false,
      indexes: [],
      indexed: false,
      wanted: 0,
      lastWanted: 0,
      refused: false,
    };
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

function readInto(values: unknown[], readers: readonly AttributeReader[], key: unknown, value: unknown): unknown[] {
  for (let i = 0; i < readers.length; i++) values[i] = readers[i]!(key, value);
  return values;
}

/** Whether columns and indexes would notice no difference. */
function isUnchanged(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  return (a === undefined || a === null) && (b === undefined || b === null);
}
