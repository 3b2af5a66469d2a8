/**
 * One query over the rows of a map's database and, if both are wanted, what the map itself holds.
 *
 * What is *known* goes first: the matches in memory (for `both`), and the writes that wait in write-behind. Then the rows of the database come, page
 * by page; those of known keys are passed over, whatever they say. A key that memory has come to know since, by a load or a write, is judged by what
 * memory has of it now, so that it is neither missed nor given twice.
 *
 * With an order, both sides come sorted and are merged; where the store can't sort, all rows are taken and sorted here, with a limit the best only.
 */
import type { Attribute, Predicate } from '../../grammar/ast.ts';
import { createAttribute } from '../../grammar/attribute-path.ts';
import type { StoreAnswer, StoreOrder } from '../api/store-query.ts';
import { attributeReader } from '../data/attribute.ts';
import { compareValues } from '../data/compare.ts';
import { KeyMap } from '../data/key-map.ts';
import { fromKey } from '../data/key.ts';
import { ConfigError } from '../errors.ts';
import type { QueuedWrite } from '../persistence/write-behind.ts';
import { conditionTest, type EntryTest } from '../query/conditions/condition-test.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { normalise } from '../query/conditions/normalise.ts';
import { inSlices, throwIfAborted } from '../query/execute/work.ts';
import { mergeRuns } from '../query/order/merge-runs.ts';
import type { QueryRequest } from '../query/source/request.ts';
import type { KeyAddress, MapHome, PartitionTest } from './home.ts';
import type { KeyAddresser } from './load-from-store.ts';
import { slotOf } from './memory.ts';

/** What is looked for. */
export interface InStore {
  readonly source: 'store' | 'both';
  readonly condition: Condition;
  /** The same for the store. */
  readonly where: Predicate;
  readonly request: QueryRequest;
  readonly addresses: KeyAddresser;
  /** Keys of other partitions are left out: other members give them. Left out: none are. */
  readonly only?: PartitionTest | undefined;
}

/** An entry of the result. */
export interface FoundRow {
  readonly key: unknown;
  /** As users may have it; undefined where only keys are wanted. */
  readonly value: unknown;
}

/** What became of the rows of the database, for `explain`. */
export interface SearchCounts {
  /** Rows that came. */
  read: number;
  /** Rows of keys that memory or write-behind decides about. */
  known: number;
  /** Rows that did not satisfy what the store had left over. */
  refused: number;
  /** Matches in memory and in write-behind. */
  own: number;
}

type Answer = StoreAnswer<unknown, unknown>;
type Pages = AsyncIterable<readonly (readonly [unknown, unknown])[]>;

const NOT_PAUSING = { pauseMs: 0, beforePause(): void {}, afterPause: () => true };
/** Rows taken beyond what is wanted before the rest is sorted out. */
const SPARE_ROWS = 10_000;
const KEY: Attribute = createAttribute('key', []);

export class StoreSearch {
  readonly counts: SearchCounts = { read: 0, known: 0, refused: 0, own: 0 };
  readonly #home: MapHome;
  readonly #asked: InStore;
  readonly #matches: EntryTest;
  /** The order of rows, ties included; empty when none is wanted. Known when the store has been asked. */
  #order: readonly StoreOrder[] = [];
  /** Undefined when no order is wanted. */
  #compare: ((a: FoundRow, b: FoundRow) => number) | undefined;
  readonly #end: number;
  /** What was last done to each key whose write waited when the search began. */
  readonly #pending = new KeyMap<QueuedWrite>();

  /** Errors: ERR_CONFIG when the map has no store that can look for rows. */
  constructor(home: MapHome, asked: InStore) {
    if (home.store?.finds !== true) throw cannotFind(home, asked.source);
    this.#home = home;
    this.#asked = asked;
    this.#matches = conditionTest(asked.condition);
    this.#end = (asked.request.offset ?? 0) + (asked.request.limit ?? Infinity);
    // Those of a key come in order, and the last one counts.
    for (const write of home.behind?.image() ?? []) this.#pending.set(write.key, write);
  }

  /** Whether the database alone can answer. */
  get isStoreOnly(): boolean {
    return this.#asked.source === 'store' && this.#pending.size === 0 && this.#asked.only === undefined;
  }

  /** What the rows are ordered by, ties included, as of `rows`; none: they come in any order. */
  get order(): readonly StoreOrder[] {
    return this.#order;
  }

  /** What the store makes of the query. */
  async ask(): Promise<Answer> {
    const { where, request } = this.#asked;
    const { orderBy = [], limit, offset = 0 } = request;
    const paged = limit !== undefined || offset > 0;
    const page = this.isStoreOnly ? { limit, offset } : { limit: undefined, offset: 0 };
    const answer = await this.#waitedFor(this.#home.store!.find({ where, orderBy, paged, ...page }));
    const { ties = [KEY] } = answer;
    this.#order = orderBy.length > 0 || paged ? [...orderBy, ...ties.map((attribute) => ({ attribute, direction: 'asc' }) as const)] : [];
    this.#compare = comparison(this.#order);
    return answer;
  }

  /** How many entries match, whatever the limit. */
  async count(): Promise<number> {
    const answer = await this.ask();
    const { signal } = this.#asked.request;
    if (this.isStoreOnly && answer.residual === undefined)
      return this.#waitedFor(this.#home.store!.reading('find', () => answer.count(signal)));
    let count = 0;
    for await (const rows of this.#all(answer, true)) count += rows.length;
    return count;
  }

  /** The rows wanted, in the order wanted, some at a time. `keysOnly`: their values are not needed. */
  async *rows(keysOnly: boolean): AsyncGenerator<readonly FoundRow[], void> {
    if (this.#end <= (this.#asked.request.offset ?? 0)) return;
    const answer = await this.ask();
    if (answer.limited && this.isStoreOnly && answer.residual === undefined) {
      for await (const page of this.#read(answer, keysOnly)) yield page.map(([key, value]) => ({ key, value: this.#handOut(key, value) }));
      return;
    }
    const { offset = 0 } = this.#asked.request;
    let seen = 0;
    for await (const page of answer.ordered ? this.#all(answer, keysOnly) : this.#sorted(answer)) {
      const rows = page.slice(Math.max(offset - seen, 0), this.#end - seen);
      seen += page.length;
      if (rows.length > 0) yield rows;
      if (seen >= this.#end) return;
    }
  }

  /** All matches, in order if the store's are, regardless of limit and offset. */
  async *#all(answer: Answer, keysOnly: boolean): AsyncGenerator<readonly FoundRow[], void> {
    const own = await this.#own(keysOnly && this.#compare === undefined);
    this.counts.own = own.rows.length;
    let at = 0;
    if (this.#compare === undefined) {
      if (own.rows.length > 0) yield own.rows;
      if (own.rows.length >= this.#end) return;
      at = own.rows.length;
    }
    // Rows that are to be merged are compared by their values.
    for await (const page of this.#others(answer, own.keys, keysOnly && this.#compare === undefined)) {
      const merged: FoundRow[] = [];
      for (const row of page) {
        while (at < own.rows.length && this.#compare!(own.rows[at]!, row) <= 0) merged.push(own.rows[at++]!);
        merged.push(row);
      }
      if (merged.length > 0) yield merged;
    }
    if (at < own.rows.length) yield own.rows.slice(at);
  }

  /** All matches, sorted here. */
  async *#sorted(answer: Answer): AsyncGenerator<readonly FoundRow[], void> {
    const compare = this.#compare!;
    const { slices } = this.#home;
    const own = await this.#own(false);
    this.counts.own = own.rows.length;
    let runs: (readonly FoundRow[])[] = [own.rows];
    let length = own.rows.length;
    for await (const page of this.#others(answer, own.keys, false)) {
      runs.push(page.toSorted(compare));
      length += page.length;
      if (length <= this.#end * 2 + SPARE_ROWS) continue;
      const best = (await inSlices(mergeRuns(runs, compare), slices, NOT_PAUSING)).slice(0, this.#end);
      runs = [best];
      length = best.length;
    }
    yield await inSlices(mergeRuns(runs, compare), slices, NOT_PAUSING);
  }

  /** The matches among what memory and write-behind hold, sorted if an order is wanted, and their keys. */
  async #own(keysOnly: boolean): Promise<{ readonly rows: readonly FoundRow[]; readonly keys: KeyMap<true> }> {
    const { source, condition, request, addresses, only } = this.#asked;
    const { queries } = this.#home;
    const keys = new KeyMap<true>();
    const rows: FoundRow[] = [];
    if (source === 'both') {
      // Of the entries beyond the limit none can be wanted, and a row of theirs can't come before it.
      const best = {
        orderBy: this.#order,
        limit: this.#end === Infinity ? undefined : this.#end,
        partitions: only,
        signal: request.signal,
      };
      for (const found of await (keysOnly ? queries.keys(condition, best) : queries.entries(condition, best))) {
        rows.push(keysOnly ? { key: found, value: undefined } : rowOf(found));
      }
      for (const { key } of rows) keys.set(addresses.of(key).key, true);
    }
    const pending = this.#pendingMatches();
    for (const { at, row } of pending) {
      keys.set(at.key, true);
      rows.push(row);
    }
    if (pending.length > 0 && this.#compare !== undefined) rows.sort(this.#compare);
    return { rows, keys };
  }

  /** Values that wait to be written and match, of keys that memory does not decide about. */
  #pendingMatches(): { readonly at: KeyAddress; readonly row: FoundRow }[] {
    const { source, addresses, only } = this.#asked;
    const found: { readonly at: KeyAddress; readonly row: FoundRow }[] = [];
    for (const { kind, key: storedKey, stored } of this.#pending.values()) {
      if (kind === 'delete') continue;
      const key = fromKey(storedKey);
      const at = addresses.of(key);
      if (only?.(at.partition) === false) continue;
      if (source === 'both' && slotOf(this.#home, at) >= 0) continue;
      if (this.#matches(key, this.#form.peek(stored))) found.push({ at, row: { key, value: this.#form.handOut(stored) } });
    }
    return found;
  }

  /** The rows of the database that match, of keys that nobody else decides about. */
  async *#others(answer: Answer, ownKeys: KeyMap<true>, keysOnly: boolean): AsyncGenerator<readonly FoundRow[], void> {
    const { residual } = answer;
    const { only } = this.#asked;
    const test = residual === undefined ? undefined : conditionTest(normalise(residual));
    const isOverlaid = !this.isStoreOnly;
    for await (const page of this.#read(answer, keysOnly && test === undefined)) {
      const rows: FoundRow[] = [];
      for (const [key, value] of page) {
        const at = isOverlaid ? this.#addressOf(key) : undefined;
        if (at !== undefined && only?.(at.partition) === false) continue;
        if (at !== undefined && (ownKeys.get(at.key) !== undefined || this.#pending.get(at.key) !== undefined)) {
          this.counts.known++;
          continue;
        }
        const slot = at === undefined || this.#asked.source === 'store' ? -1 : slotOf(this.#home, at);
        if (slot >= 0) {
          this.counts.known++;
          const row = this.#nowInMemory(slot, key, value, keysOnly);
          if (row !== undefined) rows.push(row);
        } else if (test !== undefined && !test(key, value)) this.counts.refused++;
        else rows.push({ key, value: this.#handOut(key, value) });
      }
      yield rows;
    }
  }

  /** The entry that memory has come to hold since the search began, if it matches; where there is an order, only at the place of its row. */
  #nowInMemory(slot: number, key: unknown, value: unknown, keysOnly: boolean): FoundRow | undefined {
    const { records } = this.#home;
    if (!this.#matches(key, records.storedAt(slot))) return undefined;
    const row: FoundRow = { key, value: keysOnly ? undefined : records.valueAt(slot) };
    if (this.#compare === undefined) return row;
    return this.#compare(row, { key, value }) === 0 ? row : undefined;
  }

  /** The pages of the answer, each read as a call of the store. */
  async *#read(answer: Answer, keysOnly: boolean): AsyncGenerator<readonly (readonly [unknown, unknown])[], void> {
    const store = this.#home.store!;
    const { signal } = this.#asked.request;
    const pages: Pages = keysOnly ? paired(answer.keys(signal)) : answer.entries(signal);
    const iterator = pages[Symbol.asyncIterator]();
    let isOver = false;
    try {
      for (;;) {
        throwIfAborted(signal);
        const page = await this.#waitedFor(store.reading('find', () => iterator.next()));
        if (page.done === true) break;
        this.counts.read += page.value.length;
        yield page.value;
      }
      isOver = true;
    } finally {
      // Who is aborted does not wait for what the store is still at.
      const ended = isOver ? undefined : iterator.return?.();
      if (signal?.aborted === true) void ended?.catch(() => undefined);
      else await ended;
    }
  }

  /** A step of the store, waited for until the query is aborted. */
  async #waitedFor<R>(step: Promise<R>): Promise<R> {
    const { signal } = this.#asked.request;
    if (signal === undefined) return step;
    const { promise: aborted, resolve: stop } = Promise.withResolvers<undefined>();
    const onAbort = (): void => stop(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await Promise.race([step, aborted]);
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      step.catch(() => undefined); // nobody may be there any more to hear of it
    }
    throwIfAborted(signal);
    return step;
  }

  get #form(): MapHome['records']['form'] {
    return this.#home.records.form;
  }

  /** A value of the store as users may have it: frozen as the map's own are. */
  #handOut(key: unknown, value: unknown): unknown {
    if (value === undefined) return undefined;
    return this.#form.handOut(this.#home.store!.accept('find', key, () => this.#form.takeOver(value)));
  }

  #addressOf(key: unknown): KeyAddress {
    return this.#home.store!.accept('find', key, () => this.#asked.addresses.of(key));
  }
}

/** An entry as `queries.entries` gives it. */
function rowOf(entry: unknown): FoundRow {
  const [key, value]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  return { key, value };
}

export function comparison(orderBy: readonly StoreOrder[]): ((a: FoundRow, b: FoundRow) => number) | undefined {
  if (orderBy.length === 0) return undefined;
  const parts = orderBy.map(({ attribute, direction }) => ({ read: attributeReader(attribute), sign: direction === 'asc' ? 1 : -1 }));
  return (a, b) => {
    for (const { read, sign } of parts) {
      const order = compareValues(read(a.key, a.value), read(b.key, b.value));
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}

async function* paired(pages: AsyncIterable<readonly unknown[]>): AsyncGenerator<readonly (readonly [unknown, unknown])[], void> {
  for await (const keys of pages) yield keys.map((key) => [key, undefined]);
}

function cannotFind({ name, store }: MapHome, source: string): ConfigError {
  const why = store === undefined ? 'the map has no store' : 'its store has no method `find(query)`';
  return new ConfigError(`map '${name}': query({ source: '${source}' }) asks the database, and ${why}. KnexMapStore has one`);
}
