/**
 * Brings one batch of a write-behind queue to the store, and tells what became of each operation.
 *
 * A batch that is refused is split into halves, and these again, until the entries that are refused stand alone: they do not keep the others
 * from being stored. What the error means is for the store to say; when it can't be reached at all nothing is split.
 */
import { isMap } from 'node:util/types';
import type { FailureKind } from '../api/map-store.ts';
import { KeyMap } from '../data/key-map.ts';
import { fromKey, toKey } from '../data/key.ts';
import type { Clock } from '../base/clock.ts';
import { Pace } from '../base/pace.ts';
import { BatchStoreError } from './batch-store-error.ts';
import type { StoreCalls } from './store-calls.ts';
import type { KeyLine } from './write-behind-queue.ts';

/** So many entries of a batch refused alone, for a reason not known, and none accepted: then it is the store that fails, not the entries. */
const HOPELESS = 3;

export interface Outcomes {
  /** The store has them. `instead`: what it gave to be kept, if anything, by key. */
  written(lines: readonly KeyLine[], instead: KeyMap<unknown> | undefined): void;
  /** The store refuses this one entry. `isProven`: it is known not to refuse all others too. */
  refused(line: KeyLine, error: unknown, kind: FailureKind | undefined, isProven: boolean): void;
  /** They were not tried, or it is not known what became of them: through no fault of theirs. */
  returned(lines: readonly KeyLine[]): void;
  /** The store fails, whatever it is given. */
  failed(error: unknown, kind: FailureKind | undefined): void;
}

/** An entry refused alone. */
interface Refusal {
  readonly line: KeyLine;
  readonly error: unknown;
  readonly kind: FailureKind | undefined;
}

/** How a batch fares. */
interface Trial {
  readonly pace: Pace;
  /** Whether the store has accepted something. */
  hasSucceeded: boolean;
  /** Refused before that, for a reason that says nothing of the entry: it may be the store that fails. */
  readonly undecided: Refusal[];
  /** Whether what is left should not be tried now. */
  isOver: boolean;
}

export interface SenderParts {
  readonly calls: StoreCalls;
  readonly clock: Clock;
  /** How long entries may be tried one after the other before the event loop turns. */
  readonly sliceMs: number;
  /** Makes of a value as the map keeps it one that users may have. */
  readonly handOut: (stored: unknown) => unknown;
}

export class WriteBehindSender {
  readonly #calls: StoreCalls;
  readonly #parts: SenderParts;
  readonly #outcomes: Outcomes;

  constructor(parts: SenderParts, outcomes: Outcomes) {
    this.#calls = parts.calls;
    this.#parts = parts;
    this.#outcomes = outcomes;
  }

  /**
   * Sends the operations that are being sent in these lines: deletes first, so that what they free (a unique name) can be taken by what is stored.
   */
  async send(lines: readonly KeyLine[]): Promise<void> {
    const { clock, sliceMs } = this.#parts;
    const trial: Trial = { pace: new Pace(clock, sliceMs), hasSucceeded: false, undecided: [], isOver: false };
    const { storesMany, deletesMany } = this.#calls;
    const deletes = lines.filter((line) => line.sending!.kind === 'delete');
    const stores = deletes.length === 0 ? lines : lines.filter((line) => line.sending!.kind === 'store');
    for (const batch of deletesMany ? [deletes] : alone(deletes)) await this.#try(batch, trial);
    for (const batch of storesMany ? [stores] : alone(stores)) await this.#try(batch, trial);
    for (const { line, error, kind } of trial.undecided) this.#outcomes.refused(line, error, kind, trial.hasSucceeded);
  }

  async #try(lines: readonly KeyLine[], trial: Trial): Promise<void> {
    if (lines.length === 0) return;
    if (trial.isOver) {
      this.#outcomes.returned(lines);
      return;
    }
    await trial.pace.step();
    let instead: KeyMap<unknown> | undefined;
    try {
      instead = await this.#call(lines);
    } catch (error) {
      await this.#split(lines, error, trial);
      return;
    }
    trial.hasSucceeded = true;
    this.#outcomes.written(lines, instead);
  }

  async #split(lines: readonly KeyLine[], error: unknown, trial: Trial): Promise<void> {
    const kind = this.#calls.failureKind(error);
    const failed = partlyFailed(this.#calls.causeOf(error), lines);
    if (failed !== undefined) this.#partly(lines, failed, trial);
    else if (kind === 'connection' || kind === 'fatal') {
      this.#giveUp(error, kind, trial);
      this.#outcomes.returned(lines);
    } else if (lines.length > 1) {
      const middle = lines.length >> 1;
      await this.#try(lines.slice(0, middle), trial);
      await this.#try(lines.slice(middle), trial);
    } else this.#refuse({ line: lines[0]!, error, kind }, trial);
  }

  #refuse(refusal: Refusal, trial: Trial): void {
    const { line, error, kind } = refusal;
    if (trial.hasSucceeded || kind === 'poison' || kind === 'conflict') {
      this.#outcomes.refused(line, error, kind, true);
      return;
    }
    trial.undecided.push(refusal);
    if (trial.undecided.length === HOPELESS) this.#giveUp(error, kind, trial);
  }

  /** The store has told which entries failed. */
  #partly(lines: readonly KeyLine[], failed: KeyMap<{ readonly reason: unknown }>, trial: Trial): void {
    const written = lines.filter((line) => failed.get(line.at.key) === undefined);
    if (written.length > 0) {
      trial.hasSucceeded = true;
      this.#outcomes.written(written, undefined);
    }
    for (const line of lines) {
      const failure = failed.get(line.at.key);
      if (failure === undefined) continue;
      const kind = this.#calls.failureKind(failure.reason);
      if (kind === 'connection' || kind === 'fatal') {
        this.#giveUp(failure.reason, kind, trial);
        this.#outcomes.returned([line]);
      } else this.#refuse({ line, error: failure.reason, kind }, trial);
    }
  }

  #giveUp(error: unknown, kind: FailureKind | undefined, trial: Trial): void {
    if (trial.isOver) return;
    trial.isOver = true;
    this.#outcomes.failed(error, kind);
  }

  async #call(lines: readonly KeyLine[]): Promise<KeyMap<unknown> | undefined> {
    const calls = this.#calls;
    const keys = lines.map(({ at }) => fromKey(at.key));
    if (lines[0]!.sending!.kind === 'delete') {
      await (calls.deletesMany ? calls.deleteAll(keys) : calls.delete(keys[0]));
      return undefined;
    }
    const values = lines.map(({ sending }) => this.#parts.handOut(sending!.stored));
    if (calls.storesMany) return byKey(await calls.storeAll(new Map(keys.map((key, position) => [key, values[position]]))));
    const instead = await calls.store(keys[0], values[0]);
    return instead === undefined ? undefined : byKey([[keys[0], instead]]);
  }
}

function alone(lines: readonly KeyLine[]): KeyLine[][] {
  return lines.map((line) => [line]);
}

/** What is no key is left out: the rows are written, whatever the store says of them. */
function byKey<V>(pairs: Iterable<readonly [unknown, V]>): KeyMap<V> | undefined {
  let values: KeyMap<V> | undefined;
  for (const [key, value] of pairs) {
    try {
      (values ??= new KeyMap()).set(toKey(key), value);
    } catch {
      continue;
    }
  }
  return values;
}

/** The keys of these lines that the error names; `undefined` when it names none, and so says nothing. */
function partlyFailed(error: unknown, lines: readonly KeyLine[]): KeyMap<{ readonly reason: unknown }> | undefined {
  if (!(error instanceof BatchStoreError) || !isMap(error.failed)) return undefined;
  const failed = byKey([...error.failed].map(([key, reason]) => [key, { reason }] as const));
  return failed !== undefined && lines.some(({ at }) => failed.get(at.key) !== undefined) ? failed : undefined;
}
