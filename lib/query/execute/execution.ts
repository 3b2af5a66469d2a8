/**
 * One run of a query: takes candidates from a route, judges them, hands matches to a collector, and keeps that right across pauses.
 *
 * The rules (M42, M45). Between two pauses nothing changes, so a candidate that passes its tests is a match, and the collector fetches what it needs
 * at once or when told that a pause is near. After a pause in which something changed, candidates found before it are judged anew by the whole
 * condition. So each entry is judged on one version, and an entry that stays as it is is neither missed nor doubled: its slot does not
 * change. An entry that is removed and put again may get a later slot and come by a second time; therefore the keys of what was taken are
 * remembered at each pause, and once a removal was seen, matches with such a key are passed over.
 */
import type { SlotList } from '../../indexes/index-contract.ts';
import { KeyMap } from '../../data/key-map.ts';
import { toKey } from '../../data/key.ts';
import type { SlotTest } from '../plan/bound-condition.ts';
import type { Collector } from './collector.ts';
import { type Emit, emitKeys } from './emit.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { type Narrowing, narrowingBy } from './narrowing.ts';
import type { PreparedQuery } from '../plan/prepared-query.ts';
import { RowChunks } from './row-chunks.ts';
import { append } from './slot-stock.ts';
import type { Pausing } from './work.ts';

/** Remembering a key, in nanoseconds. */
const KEY_NS = 10;

export class Execution implements Pausing {
  readonly source: EntrySource;
  readonly collector: Collector<unknown>;
  /** What else an entry must pass, whatever the condition: its partition is wanted. */
  readonly accept: Narrowing | undefined;
  readonly #prepare: () => PreparedQuery;
  readonly #removalsAtStart: number;
  /** Counts pauses in which something changed: what was found in an earlier era must be judged anew. */
  era = 0;
  #changes = -1;
  #version = -1;
  /** Slots taken since the last pause. */
  readonly #recent: SlotList;
  /** Keys of what was taken before it. */
  readonly #keys = new RowChunks<unknown>();
  readonly #emitKeys: Emit<unknown>;
  #taken: KeyMap<true> | undefined;
  /** Once there was a removal: passes entries with another key than those. */
  #isNew: Narrowing | undefined;
  #prepared: PreparedQuery;
  #mustRestart = false;

  constructor(
    source: EntrySource,
    prepare: () => PreparedQuery,
    collector: Collector<unknown>,
    accept: Narrowing | undefined,
    recent: SlotList,
  ) {
    this.source = source;
    this.collector = collector;
    this.accept = accept;
    this.#prepare = prepare;
    this.#prepared = prepare();
    this.#recent = recent;
    this.#emitKeys = emitKeys(source);
    this.#removalsAtStart = source.removals;
  }

  /** The query as prepared for the columns and indexes of now. */
  get prepared(): PreparedQuery {
    if (!this.#prepared.isCurrent) this.#prepared = this.#prepare();
    return this.#prepared;
  }

  /** No further matches are wanted, or could be taken. */
  get isOver(): boolean {
    return this.#mustRestart || this.collector.isFull;
  }

  /** What was taken is worthless: begin again, with a collector that does not mind. */
  get mustRestart(): boolean {
    return this.#mustRestart;
  }

  /** Whether the collector should be told how many candidates there are: all will match, as long as nothing changes. */
  get wantsSize(): boolean {
    return this.collector.wantsSize && this.accept === undefined;
  }

  /**
   * Hands over those of the candidates `data[from..to)` that match. `tests` is what remains to be tested of candidates that were found in the
   * era `foundIn`. Overwrites the candidates.
   */
  judge(data: Int32Array, from: number, to: number, tests: readonly Narrowing[], foundIn: number): void {
    if (this.isOver) return;
    let end = to;
    if (foundIn === this.era) for (const narrow of tests) end = narrow(data, from, end);
    else end = narrowingBy(this.#anew())(data, from, end);
    if (this.accept !== undefined) end = this.accept(data, from, end);
    if (this.#isNew !== undefined) end = this.#isNew(data, from, end);
    if (end === from) return;
    append(this.#recent, data, from, end);
    this.collector.take(data, from, end);
  }

  get pauseMs(): number {
    return (this.#recent.length * KEY_NS) / 1e6;
  }

  beforePause(): void {
    this.collector.settle();
    const { data, length } = this.#recent;
    const taken = this.#taken;
    if (taken === undefined) this.#keys.append(this.#emitKeys, data, 0, length);
    else for (let i = 0; i < length; i++) taken.set(toKey(this.source.keyAt(data[i]!)), true);
    this.#recent.length = 0;
    this.#changes = this.source.changes;
    this.#version = this.source.attributes.version;
  }

  afterPause(): boolean {
    if (!this.source.expireDue()) return false;
    if (this.source.changes !== this.#changes || this.source.attributes.version !== this.#version) this.era++;
    if (!this.collector.canGoOn()) this.#mustRestart = true;
    if (this.#taken !== undefined || this.source.removals === this.#removalsAtStart) return true;
    const taken = (this.#taken = new KeyMap<true>());
    for (const key of this.#keys.takeAll()) taken.set(toKey(key), true);
    this.#isNew = narrowingBy((slot) => taken.get(toKey(this.source.keyAt(slot))) === undefined);
    return true;
  }

  #anew(): SlotTest {
    const { live } = this.source;
    const matches = this.prepared.matcher();
    return (slot) => live.has(slot) && matches(slot);
  }
}
