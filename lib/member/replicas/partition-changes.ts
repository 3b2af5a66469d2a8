/** What has changed in one partition of a map since its replicas were last told, and which of that is not committed yet. */
import { KeyMap } from '../../data/key-map.ts';
import type { StoredKey } from '../../data/key.ts';
import type { QueuedWrite } from '../../persistence/write-behind.ts';

/** The keys of a batch that was collected. */
interface Batch {
  readonly seq: number;
  readonly keys: readonly StoredKey[];
}

export class PartitionChanges {
  /** Keys whose entries or locks changed. */
  keys: StoredKey[] = [];
  /** Keys whose locks changed; each may come several times. */
  locks: StoredKey[] = [];
  /** By sequence number. */
  queued = new Map<number, QueuedWrite>();
  /** Sequence numbers. */
  settled: number[] = [];
  isCleared = false;
  isLoadedChanged = false;
  /** By key, the number of the batch its last change is in. */
  readonly #pending = new KeyMap<number>();
  readonly #batches: Batch[] = [];
  #clearedIn = 0;

  get isEmpty(): boolean {
    return this.keys.length === 0 && this.isOfKeys;
  }

  /** Whether nothing has changed but entries of keys. */
  get isOfKeys(): boolean {
    const { locks, queued, settled, isCleared, isLoadedChanged } = this;
    return locks.length === 0 && queued.size === 0 && settled.length === 0 && !isCleared && !isLoadedChanged;
  }

  /** The key changes in batch `seq`, the one that is gathered now. */
  add(key: StoredKey, seq: number): void {
    if (this.#pending.get(key) === seq) return;
    this.#pending.set(key, seq);
    this.keys.push(key);
  }

  clear(seq: number): void {
    this.isCleared = true;
    this.#clearedIn = seq;
  }

  /** Number of the batch with the last change of the key; 0 when that is committed. */
  pendingOf(key: StoredKey): number {
    return Math.max(this.#pending.get(key) ?? 0, this.#clearedIn);
  }

  /** All of it was told, in batch `seq`. */
  collected(seq: number): void {
    if (this.keys.length > 0) this.#batches.push({ seq, keys: this.keys });
    this.keys = [];
    if (this.isOfKeys) return;
    this.locks = [];
    this.queued = new Map();
    this.settled = [];
    this.isCleared = false;
    this.isLoadedChanged = false;
  }

  /** Whether nothing is left that is not committed. */
  committed(seq: number): boolean {
    if (this.#clearedIn <= seq) this.#clearedIn = 0;
    while (this.#batches.length > 0 && this.#batches[0]!.seq <= seq) {
      for (const key of this.#batches.shift()!.keys) if (this.#pending.get(key)! <= seq) this.#pending.delete(key);
    }
    return this.#batches.length === 0 && this.#clearedIn === 0;
  }
}
